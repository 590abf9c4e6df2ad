//! 835: no statement denies the pod.

use crate::checks::{Check, Code, Evaluate, Severity, Verdict};
use crate::evidence::{Evidence, Gap, Source};

/// The check.
pub static CHECK: Check = Check {
    code: Code(835),
    name: "role/not-denied",
    title: "no statement denies the pod",
    severity: Severity::Error,
    decisive: true,
    since: "0.1.0",
    reads: &[Source::Role, Source::Association, Source::Cluster],
    requires: &[&super::exists::CHECK],
    explained_by: &[],
    symptoms: &[],
    docs: "",
    evaluate: Evaluate::Pod(evaluate),
};

fn evaluate(_evidence: &Evidence) -> Result<Verdict, Gap> {
    Err(Gap::not_requested(CHECK.reads[0], "not written yet"))
}
