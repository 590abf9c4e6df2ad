//! 640: the agent pod is ready.

use crate::checks::{Check, Code, Evaluate, Severity, Verdict};
use crate::evidence::{Evidence, Gap, Source};

/// The check.
pub static CHECK: Check = Check {
    code: Code(640),
    name: "agent/ready",
    title: "the agent pod is ready",
    severity: Severity::Error,
    decisive: true,
    since: "0.1.0",
    reads: &[Source::AgentPods],
    requires: &[&super::running_on_node::CHECK],
    explained_by: &[],
    symptoms: &[],
    docs: "",
    evaluate: Evaluate::Pod(evaluate),
};

fn evaluate(_evidence: &Evidence) -> Result<Verdict, Gap> {
    Err(Gap::not_requested(CHECK.reads[0], "not written yet"))
}
