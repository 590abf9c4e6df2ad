//! What `nodes` says: a row for each node, with the state of the agent on it.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::checks::Code;
use crate::error::ExitCode;
use crate::evidence::inventory::NodeLogError;
use crate::evidence::kubernetes::node::Compute;
use crate::evidence::{Context, Gap, Requests};
use crate::report::ReportRemediation;

/// The nodes of one cluster.
#[derive(Debug, Clone, PartialEq)]
pub struct NodesReport {
    /// "Now", by the API server's clock.
    pub collected_at: Timestamp,
    /// How long collecting took, in milliseconds.
    pub duration_ms: u64,
    /// How many requests were made.
    pub requests: Requests,
    /// Which cluster.
    pub context: Context,
    /// Whether the logs of agents, or their metrics, were asked for.
    pub counts_requests: bool,
    /// Lists without which nodes may be missing.
    pub gaps: Vec<Gap>,
    /// Why pods were not read, if so: it leaves the agents known.
    pub pods_gap: Option<Gap>,
    /// What stands in the way in single rows, those included that a filter left out.
    pub row_gaps: Vec<Gap>,
    /// The nodes that were asked for: those without a working agent first.
    pub rows: Vec<NodeRow>,
    /// How many nodes there are in each state, those that a filter left out included.
    pub states: Vec<(AgentState, usize)>,
    /// What the probe on every node came to; `None` where none was asked for.
    pub probe: Option<ProbeSum>,
}

/// What the probe on every node came to.
#[derive(Debug, Clone, PartialEq)]
pub struct ProbeSum {
    /// The namespace of the service account.
    pub namespace: String,
    /// The service account.
    pub service_account: String,
    /// Why nothing was probed, if so.
    pub gap: Option<Gap>,
    /// How many nodes there are of each outcome, those that a filter left out included.
    pub outcomes: Vec<(ProbeOutcome, usize)>,
    /// The roles whose credentials the pods got, by name, and on how many nodes: the most frequent first.
    pub roles: Vec<(String, usize)>,
    /// Why it is not known of nodes, and of which: the most frequent reason first.
    pub unknown: Vec<(String, Vec<String>)>,
    /// What stays, in words.
    pub side_effects: Vec<String>,
}

/// What the probe on one node came to.
#[derive(Debug, Clone, PartialEq)]
pub struct RowProbe {
    /// In a word.
    pub outcome: ProbeOutcome,
    /// The role whose credentials the pod got, where STS told it: its name.
    pub role: Option<String>,
    /// What is wrong.
    pub finding: Option<NodeFinding>,
    /// Why it is not known.
    pub gap: Option<Gap>,
}

/// What a probe came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ProbeOutcome {
    /// The pod got no credentials.
    Fails,
    /// The pod was given no variables when it was made, so that nothing was asked.
    NotInjected,
    /// Nothing was seen on the node.
    Unknown,
    /// The pod got its credentials.
    Works,
}

impl ProbeOutcome {
    /// The word for it, as documents have it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Fails => "fails",
            Self::NotInjected => "notInjected",
            Self::Unknown => "unknown",
            Self::Works => "works",
        }
    }
}

impl NodesReport {
    /// 1 where the agent of a node is not well, 3 where that is not known of one, or there is none, else 0.
    ///
    /// With a probe it is what the probe says: it asked what the agents are there for.
    pub fn exit_code(&self) -> ExitCode {
        if let Some(probe) = &self.probe {
            return probe.exit_code();
        }
        if self.states.iter().any(|(state, _)| state.is_unwell()) {
            ExitCode::BROKEN
        } else if self.states.is_empty()
            || self.states.iter().any(|(state, _)| *state == AgentState::Unknown)
            || !self.gaps.is_empty()
            || !self.row_gaps.is_empty()
        {
            ExitCode::INCONCLUSIVE
        } else {
            ExitCode::HEALTHY
        }
    }
}

impl ProbeSum {
    fn exit_code(&self) -> ExitCode {
        let has = |outcomes: &[ProbeOutcome]| self.outcomes.iter().any(|(outcome, _)| outcomes.contains(outcome));
        if has(&[ProbeOutcome::Fails, ProbeOutcome::NotInjected]) {
            ExitCode::BROKEN
        } else if self.outcomes.is_empty() || has(&[ProbeOutcome::Unknown]) {
            ExitCode::INCONCLUSIVE
        } else {
            ExitCode::HEALTHY
        }
    }
}

/// One node, and the agent on it.
#[derive(Debug, Clone, PartialEq)]
pub struct NodeRow {
    /// The node.
    pub name: String,
    /// What kind of compute it is.
    pub compute: Compute,
    /// How the agent is.
    pub state: AgentState,
    /// The agent pod that counts.
    pub agent: Option<NodeAgent>,
    /// How many pods on the node have the variables; `None` where pods were not read.
    pub pods: Option<usize>,
    /// One of them, as namespace and name.
    pub example: Option<(String, String)>,
    /// What is wrong.
    pub finding: Option<NodeFinding>,
    /// What the agent logged lately; `None` where its log was not read.
    pub log: Option<NodeRequests>,
    /// How many answers of each HTTP status the agent gave since it started; `None` where its metrics were not read.
    pub metrics: Option<BTreeMap<String, u64>>,
    /// Why the state, the log, or the metrics are not known.
    pub gap: Option<Gap>,
    /// What the probe on it came to; `None` where none was to run.
    pub probe: Option<RowProbe>,
}

impl NodeRow {
    /// How many requests were answered with credentials, and how many were not: by the log, else by the metrics.
    pub fn requests(&self) -> Option<(u64, u64)> {
        if let Some(log) = &self.log {
            return Some((log.served as u64, log.failed as u64));
        }
        let metrics = self.metrics.as_ref()?;
        let served = metrics.get("200").copied().unwrap_or(0);
        Some((served, metrics.values().sum::<u64>().saturating_sub(served)))
    }
}

/// The agent pod of a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeAgent {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// The version in the tag of its image.
    pub version: Option<String>,
    /// How many of its containers are ready, of how many.
    pub ready: (usize, usize),
    /// How often containers of it were restarted.
    pub restarts: u32,
}

/// What the doctor finds wrong with the agent of a node.
#[derive(Debug, Clone, PartialEq)]
pub struct NodeFinding {
    /// The check that says so.
    pub code: Code,
    /// Its sentence.
    pub message: String,
    /// What helps.
    pub remediation: Vec<ReportRemediation>,
}

/// What an agent answered lately.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NodeRequests {
    /// From when on.
    pub since: Timestamp,
    /// How many requests were answered with credentials.
    pub served: usize,
    /// How many were answered with an error.
    pub failed: usize,
    /// The errors, the most frequent first.
    pub errors: Vec<NodeLogError>,
}

/// How the agent of a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AgentState {
    /// No agent is on the node.
    Missing,
    /// There is one, and it is not ready.
    NotReady,
    /// It is ready, and its calls to EKS Auth fail for every pod.
    Failing,
    /// It cannot be told.
    Unknown,
    /// It is ready, and something about it is to be looked at.
    Warning,
    /// It is ready.
    Ready,
    /// It is built into the node.
    BuiltIn,
    /// No agent exists for this kind of node.
    Unsupported,
}

impl AgentState {
    /// The word in machine output, and in the table.
    pub fn word(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::NotReady => "notReady",
            Self::Failing => "failing",
            Self::Unknown => "unknown",
            Self::Warning => "warning",
            Self::Ready => "ready",
            Self::BuiltIn => "builtIn",
            Self::Unsupported => "unsupported",
        }
    }

    /// Whether pods of the node get no credentials.
    pub fn is_unwell(self) -> bool {
        matches!(self, Self::Missing | Self::NotReady | Self::Failing)
    }
}

impl Compute {
    /// The word in machine output, and in the table.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ec2 => "EC2",
            Self::Auto => "Auto",
            Self::Hybrid => "Hybrid",
            Self::Fargate => "Fargate",
            Self::Windows => "Windows",
        }
    }
}
