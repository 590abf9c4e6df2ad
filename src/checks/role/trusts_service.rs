//! 820: the role trusts pods.eks.amazonaws.com.

use crate::checks::{Check, Code, Evaluate, Severity, Verdict};
use crate::evidence::{Evidence, Gap, Source};

/// The check.
pub static CHECK: Check = Check {
    code: Code(820),
    name: "role/trusts-service",
    title: "the role trusts pods.eks.amazonaws.com",
    severity: Severity::Error,
    decisive: true,
    since: "0.1.0",
    reads: &[Source::Role],
    requires: &[&super::exists::CHECK],
    explained_by: &[],
    symptoms: &[],
    docs: "",
    evaluate: Evaluate::Pod(evaluate),
};

fn evaluate(_evidence: &Evidence) -> Result<Verdict, Gap> {
    Err(Gap::not_requested(CHECK.reads[0], "not written yet"))
}
