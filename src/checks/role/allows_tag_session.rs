//! 825: the role lets its session be tagged.

use crate::checks::{Check, Code, Evaluate, Severity, Verdict};
use crate::evidence::{Evidence, Gap, Source};

/// The check.
pub static CHECK: Check = Check {
    code: Code(825),
    name: "role/allows-tag-session",
    title: "the role lets its session be tagged",
    severity: Severity::Error,
    decisive: true,
    since: "0.1.0",
    reads: &[Source::Role, Source::Association],
    requires: &[&super::trusts_service::CHECK],
    explained_by: &[],
    symptoms: &[],
    docs: "",
    evaluate: Evaluate::Pod(evaluate),
};

fn evaluate(_evidence: &Evidence) -> Result<Verdict, Gap> {
    Err(Gap::not_requested(CHECK.reads[0], "not written yet"))
}
