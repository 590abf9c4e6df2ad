//! What the agent logged about the pod and its node: the proof that outranks configuration.
//!
//! Lines are matched by the pod's address between the container's start and now; what the lines mean is decided where
//! they are read. A log that does not cover the pod's life says nothing about what is missing in it.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::evidence::asked::probe::OWN_PORTS;
use crate::evidence::kubernetes::agent_error::AgentError;

/// What the agent logged about the pod.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AgentLog {
    /// Whether the log reaches back to the start of the container and was read to its end.
    pub covers_life: bool,
    /// Whether it begins where the agent itself began, with no run before, and was read to its end.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub whole_run: bool,
    /// The outcomes, oldest first; of a very long list the latest.
    pub outcomes: Vec<LoggedOutcome>,
    /// What the log says about the node, whichever pod asked.
    #[serde(skip_serializing_if = "NodeOutcomes::is_empty")]
    pub node: NodeOutcomes,
    /// Why the agent ended, in its own words, where that is the last it said of itself: neither the chart nor the add-on lets
    /// the status of its container say it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_words: Option<String>,
}

/// What the log says about the node, whichever pod asked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct NodeOutcomes {
    /// When EKS Auth last gave credentials to any pod.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_fetched: Option<Timestamp>,
    /// Of each kind of error that concerns the whole node, the last one; oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<LoggedOutcome>,
}

/// For how long a success of any pod says something about the whole node.
const NODE_PROOF_LIFE: SignedDuration = SignedDuration::from_hours(1);

impl AgentLog {
    /// The last success of any pod on the node, if it is of the last hour: the node has what it needs to call EKS Auth.
    ///
    /// A newer error that concerns the node outranks it.
    pub fn node_proof(&self, now: Timestamp) -> Option<Timestamp> {
        let fetched = self.node.last_fetched?;
        let age = now.duration_since(fetched);
        let concerns_node = |text: &String| AgentError::read(text).concerns_node();
        let errors =
            self.outcomes.iter().chain(&self.node.errors).filter(|one| one.error.as_ref().is_some_and(concerns_node));
        let failed = errors.map(|one| one.time).filter(|time| *time <= now).max();
        (!age.is_negative() && age <= NODE_PROOF_LIFE && failed.is_none_or(|time| time <= fetched)).then_some(fetched)
    }
}

impl NodeOutcomes {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// One outcome.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LoggedOutcome {
    /// When, by the node's clock, in whole seconds.
    pub time: Timestamp,
    /// What.
    pub event: LoggedEvent,
    /// The port the request came from: it ties the lines of one request together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// The role that was fetched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role_arn: Option<String>,
    /// The error as it was logged, cut to a bounded length, without what looks like a token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl LoggedOutcome {
    /// Whether a probe in the pod asked, and no program of its own.
    pub fn is_of_probe(&self) -> bool {
        self.port.is_some_and(|port| OWN_PORTS.contains(&port))
    }
}

/// The kinds of outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum LoggedEvent {
    /// The pod asked.
    Requested,
    /// EKS Auth gave credentials: `Successfully fetched credentials from EKS Auth`.
    Fetched,
    /// The agent answered from its cache.
    Cached,
    /// An error was logged.
    Failed,
}
