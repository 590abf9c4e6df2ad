//! 340: the container has the credential variables.

use crate::checks::{Check, Code, Evaluate, Severity, Verdict, association, cluster};
use crate::evidence::{Container, Evidence, Gap, Source};

/// The check.
pub static CHECK: Check = Check {
    code: Code(340),
    name: "injection/variables",
    title: "the container has the credential variables",
    severity: Severity::Error,
    decisive: true,
    since: "0.1.0",
    reads: &[Source::Pod],
    requires: &[],
    explained_by: &[
        &cluster::amazon_eks::CHECK,
        &cluster::same_cluster::CHECK,
        &cluster::supports_pod_identity::CHECK,
        &association::exists::CHECK,
        &association::created_before_pod::CHECK,
        &super::webhook::CHECK,
        &super::pod_selected::CHECK,
        &super::containers_selected::CHECK,
        &super::variables_not_preset::CHECK,
    ],
    symptoms: &[],
    docs: "",
    evaluate: Evaluate::Container(evaluate),
};

fn evaluate(_evidence: &Evidence, _container: Container<'_>) -> Result<Verdict, Gap> {
    Err(Gap::not_requested(CHECK.reads[0], "not written yet"))
}
