//! 630: an agent pod runs on the pod's node.

use crate::checks::{Check, Code, Evaluate, Severity, Verdict};
use crate::evidence::{Evidence, Gap, Source};

/// The check.
pub static CHECK: Check = Check {
    code: Code(630),
    name: "agent/running-on-node",
    title: "an agent pod runs on the pod's node",
    severity: Severity::Error,
    decisive: true,
    since: "0.1.0",
    reads: &[Source::AgentPods, Source::Node],
    requires: &[&super::installed::CHECK],
    explained_by: &[],
    symptoms: &[],
    docs: "",
    evaluate: Evaluate::Pod(evaluate),
};

fn evaluate(_evidence: &Evidence) -> Result<Verdict, Gap> {
    Err(Gap::not_requested(CHECK.reads[0], "not written yet"))
}
