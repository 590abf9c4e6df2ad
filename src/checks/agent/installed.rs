//! 620: the agent is installed for this kind of node.

use crate::checks::{Check, Code, Evaluate, Severity, Verdict, cluster};
use crate::evidence::{Evidence, Gap, Source};

/// The check.
pub static CHECK: Check = Check {
    code: Code(620),
    name: "agent/installed",
    title: "the agent is installed for this kind of node",
    severity: Severity::Error,
    decisive: true,
    since: "0.1.0",
    reads: &[Source::AgentDaemonSets, Source::Node],
    requires: &[&cluster::node_supported::CHECK],
    explained_by: &[],
    symptoms: &[],
    docs: "",
    evaluate: Evaluate::Pod(evaluate),
};

fn evaluate(_evidence: &Evidence) -> Result<Verdict, Gap> {
    Err(Gap::not_requested(CHECK.reads[0], "not written yet"))
}
