//! 160: the pod's node can run Pod Identity.

use crate::checks::{Check, Code, Evaluate, Severity, Verdict};
use crate::evidence::{Evidence, Gap, Source};

/// The check.
pub static CHECK: Check = Check {
    code: Code(160),
    name: "cluster/node-supported",
    title: "the pod's node can run Pod Identity",
    severity: Severity::Error,
    decisive: false,
    since: "0.1.0",
    reads: &[Source::Pod, Source::Node],
    requires: &[],
    explained_by: &[],
    symptoms: &[],
    docs: "",
    evaluate: Evaluate::Pod(evaluate),
};

fn evaluate(_evidence: &Evidence) -> Result<Verdict, Gap> {
    Err(Gap::not_requested(CHECK.reads[0], "not written yet"))
}
