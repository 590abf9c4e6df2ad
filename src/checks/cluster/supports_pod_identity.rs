//! 130: the cluster's version and place support Pod Identity.

use crate::checks::{Check, Code, Evaluate, Severity, Verdict};
use crate::evidence::{Evidence, Gap, Source};

/// The check.
pub static CHECK: Check = Check {
    code: Code(130),
    name: "cluster/supports-pod-identity",
    title: "the cluster's version and place support Pod Identity",
    severity: Severity::Error,
    decisive: false,
    since: "0.1.0",
    reads: &[Source::Cluster],
    requires: &[&super::same_cluster::CHECK],
    explained_by: &[],
    symptoms: &[],
    docs: "",
    evaluate: Evaluate::Pod(evaluate),
};

fn evaluate(_evidence: &Evidence) -> Result<Verdict, Gap> {
    Err(Gap::not_requested(CHECK.reads[0], "not written yet"))
}
