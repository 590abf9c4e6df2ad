//! 660: EKS reports the agent add-on healthy.

use crate::checks::{Check, Code, Evaluate, Severity, Verdict};
use crate::evidence::{Evidence, Gap, Source};

/// The check.
pub static CHECK: Check = Check {
    code: Code(660),
    name: "agent/add-on",
    title: "EKS reports the agent add-on healthy",
    severity: Severity::Warning,
    decisive: false,
    since: "0.1.0",
    reads: &[Source::AddOn, Source::AgentPods],
    requires: &[],
    explained_by: &[&super::installed::CHECK, &super::running_on_node::CHECK, &super::ready::CHECK],
    symptoms: &[],
    docs: "",
    evaluate: Evaluate::Pod(evaluate),
};

fn evaluate(_evidence: &Evidence) -> Result<Verdict, Gap> {
    Err(Gap::not_requested(CHECK.reads[0], "not written yet"))
}
