//! 110: the API server belongs to an Amazon EKS cluster.

use crate::checks::{Check, Code, Evaluate, Severity, Verdict};
use crate::evidence::{Evidence, Gap, Source};

/// The check.
pub static CHECK: Check = Check {
    code: Code(110),
    name: "cluster/amazon-eks",
    title: "the API server belongs to an Amazon EKS cluster",
    severity: Severity::Error,
    decisive: false,
    since: "0.1.0",
    reads: &[Source::Cluster, Source::Version, Source::Node],
    requires: &[],
    explained_by: &[],
    symptoms: &[],
    docs: "",
    evaluate: Evaluate::Pod(evaluate),
};

fn evaluate(_evidence: &Evidence) -> Result<Verdict, Gap> {
    Err(Gap::not_requested(CHECK.reads[0], "not written yet"))
}
