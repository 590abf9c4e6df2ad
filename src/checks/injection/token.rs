//! 360: the token volume is the one the variables point to.

use crate::checks::{Check, Code, Evaluate, Severity, Verdict};
use crate::evidence::{Container, Evidence, Gap, Source};

/// The check.
pub static CHECK: Check = Check {
    code: Code(360),
    name: "injection/token",
    title: "the token volume is the one the variables point to",
    severity: Severity::Error,
    decisive: true,
    since: "0.1.0",
    reads: &[Source::Pod],
    requires: &[&super::variables::CHECK],
    explained_by: &[],
    symptoms: &[],
    docs: "",
    evaluate: Evaluate::Container(evaluate),
};

fn evaluate(_evidence: &Evidence, _container: Container<'_>) -> Result<Verdict, Gap> {
    Err(Gap::not_requested(CHECK.reads[0], "not written yet"))
}
