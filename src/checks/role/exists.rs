//! 810: the associated role exists.

use crate::checks::{Check, Code, Evaluate, Severity, Verdict, association};
use crate::evidence::{Evidence, Gap, Source};

/// The check.
pub static CHECK: Check = Check {
    code: Code(810),
    name: "role/exists",
    title: "the associated role exists",
    severity: Severity::Error,
    decisive: true,
    since: "0.1.0",
    reads: &[Source::Association, Source::Role],
    requires: &[&association::exists::CHECK],
    explained_by: &[],
    symptoms: &[],
    docs: "",
    evaluate: Evaluate::Pod(evaluate),
};

fn evaluate(_evidence: &Evidence) -> Result<Verdict, Gap> {
    Err(Gap::not_requested(CHECK.reads[0], "not written yet"))
}
