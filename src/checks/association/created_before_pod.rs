//! 220: the association is older than the pod.

use crate::checks::{Check, Code, Evaluate, Severity, Verdict, injection};
use crate::evidence::{Evidence, Gap, Source};

/// The check.
pub static CHECK: Check = Check {
    code: Code(220),
    name: "association/created-before-pod",
    title: "the association is older than the pod",
    severity: Severity::Error,
    decisive: false,
    since: "0.1.0",
    reads: &[Source::Association],
    requires: &[&super::exists::CHECK],
    explained_by: &[
        &injection::webhook::CHECK,
        &injection::pod_selected::CHECK,
        &injection::containers_selected::CHECK,
        &injection::variables_not_preset::CHECK,
    ],
    symptoms: &[],
    docs: "",
    evaluate: Evaluate::Pod(evaluate),
};

fn evaluate(_evidence: &Evidence) -> Result<Verdict, Gap> {
    Err(Gap::not_requested(CHECK.reads[0], "not written yet"))
}
