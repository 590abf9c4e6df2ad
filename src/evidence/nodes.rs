//! What `nodes` reads of a whole cluster: its nodes, the agents on them, and what the agents logged lately.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::kubernetes::agent_log::{AgentError, NodeOutcomes};
use super::{AgentDaemonSet, AgentPod, Context, Node, Reading, Requests};

/// What was read of the nodes of one cluster.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NodeInventory {
    /// "Now", by the API server's clock.
    pub collected_at: Timestamp,
    /// How long collecting took, in milliseconds.
    #[serde(default)]
    pub duration_ms: u64,
    /// How many requests were made.
    #[serde(default)]
    pub requests: Requests,
    /// What was known before the first call.
    pub context: Context,
    /// The nodes, or those with the labels that were asked for.
    pub nodes: Reading<Vec<Node>>,
    /// The daemon sets of the agent.
    pub agent_daemon_sets: Reading<Vec<AgentDaemonSet>>,
    /// The pods of the agent, of all nodes.
    pub agent_pods: Reading<Vec<AgentPod>>,
    /// The pods with the variables of EKS Pod Identity, by their node; ended ones do not count.
    pub pods: Reading<BTreeMap<String, NodePods>>,
    /// Whether the logs of agents were asked for.
    #[serde(default)]
    pub has_logs: bool,
    /// What the agent of each node logged lately.
    #[serde(default)]
    pub logs: BTreeMap<String, Reading<NodeLog>>,
}

/// The pods with the variables on one node.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodePods {
    /// How many there are.
    pub number: usize,
    /// The namespace and the name of one of them.
    pub example: (String, String),
}

/// What the agent of a node logged lately.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct NodeLog {
    /// From when on it was read.
    pub since: Timestamp,
    /// How many requests of pods were answered with credentials.
    pub served: usize,
    /// How many were answered with an error.
    pub failed: usize,
    /// The errors, the most frequent first.
    pub errors: Vec<NodeLogError>,
    /// What concerns the whole node, whichever pod asked.
    pub node: NodeOutcomes,
    /// Why the agent ended, in its own words, where that is the last it said of itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_words: Option<String>,
}

/// One kind of error in the log of an agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeLogError {
    /// How often it was met.
    pub number: usize,
    /// When it was last met.
    pub last: Timestamp,
    /// The last of them, without what looks like a token.
    pub text: String,
}

impl NodeLogError {
    /// What it means.
    pub fn kind(&self) -> AgentError {
        AgentError::read(&self.text)
    }
}
