//! 120: the EKS cluster that was looked up is the one kubectl talks to.

use crate::checks::{Check, Code, Evaluate, Severity, Verdict};
use crate::evidence::{Evidence, Gap, Source};

/// The check.
pub static CHECK: Check = Check {
    code: Code(120),
    name: "cluster/same-cluster",
    title: "the EKS cluster that was looked up is the one kubectl talks to",
    severity: Severity::Error,
    decisive: true,
    since: "0.1.0",
    reads: &[Source::Cluster, Source::RootCertificates],
    requires: &[],
    explained_by: &[],
    symptoms: &[],
    docs: "",
    evaluate: Evaluate::Pod(evaluate),
};

fn evaluate(_evidence: &Evidence) -> Result<Verdict, Gap> {
    Err(Gap::not_requested(CHECK.reads[0], "not written yet"))
}
