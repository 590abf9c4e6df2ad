//! Which nodes a daemon set of the agent is for, and what keeps its pods off one of them.
//!
//! It is separate because it repeats a small part of the scheduler: node selector, required node affinity, taints. It
//! only ever words a reason; whether an agent pod is there is seen, not computed.

use std::fmt;

use crate::evidence::kubernetes::agent::{AgentDaemonSet, AgentPodSpec, NodeSelectorTerm, Toleration};
use crate::evidence::kubernetes::network_policy::Requirement;
use crate::evidence::kubernetes::node::{COMPUTE_TYPE, Compute, Node, Taint};

/// Labels that only Bottlerocket nodes have; hybrid nodes with it have a daemon set of their own.
const BOTTLEROCKET: &str = "os.bottlerocket.aws/";
/// Taints that the daemon set controller tolerates by itself (Kubernetes documentation, "`DaemonSet`").
const TOLERATED: &[&str] = &[
    "node.kubernetes.io/not-ready",
    "node.kubernetes.io/unreachable",
    "node.kubernetes.io/disk-pressure",
    "node.kubernetes.io/memory-pressure",
    "node.kubernetes.io/pid-pressure",
    "node.kubernetes.io/unschedulable",
    "node.kubernetes.io/network-unavailable",
];

/// What keeps a pod off a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Obstacle {
    /// The node selector asks for a label that the node does not have.
    NodeSelector {
        /// `key=value` as asked for.
        wanted: String,
    },
    /// No term of the required node affinity holds; the first failing expression of each is named.
    Affinity {
        /// The expressions, one a term.
        clauses: Vec<String>,
    },
    /// The node has a taint that is not tolerated.
    Taint {
        /// `key=value:effect`.
        taint: String,
    },
}

/// As a clause about the daemon set: "daemon set x …".
impl fmt::Display for Obstacle {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NodeSelector { wanted } => write!(formatter, "selects other nodes by the label {wanted}"),
            Self::Affinity { clauses } => {
                write!(formatter, "is for other nodes by its node affinity: {}", clauses.join(" or "))
            }
            Self::Taint { taint } => write!(formatter, "does not tolerate the node's taint {taint}"),
        }
    }
}

impl AgentDaemonSet {
    /// Whether it is one for hybrid nodes: by the name that the chart gives, by its affinity, or by the flag that makes
    /// the agent read a credentials file (`values.yaml` of the agent's chart).
    pub fn is_hybrid(&self) -> bool {
        let name = self.metadata.name.trim_end_matches("-bottlerocket");
        let spec = &self.spec.template.spec;
        let only_hybrid = |term: &NodeSelectorTerm| {
            let hybrid =
                |one: &Requirement| one.key == COMPUTE_TYPE && one.operator == "In" && one.values == ["hybrid"];
            term.match_expressions.iter().any(hybrid)
        };
        let terms = terms(spec);
        name.ends_with("-hybrid")
            || spec.node_selector.get(COMPUTE_TYPE).is_some_and(|value| value == "hybrid")
            || (!terms.is_empty() && terms.iter().all(only_hybrid))
            || spec.agent().and_then(|agent| agent.flag(&["rotate-credentials"])) == Some("true")
    }

    /// Whether it is made for nodes of this kind; other things may still keep it off this very node.
    pub fn is_for(&self, compute: Compute, node: Option<&Node>) -> bool {
        match compute {
            Compute::Hybrid => self.is_hybrid() && node.is_none_or(|node| self.suits_system_of(node)),
            Compute::Ec2 => !self.is_hybrid(),
            Compute::Auto | Compute::Fargate | Compute::Windows => false,
        }
    }

    /// Of the two sets for hybrid nodes one is for Bottlerocket and one for all other systems.
    fn suits_system_of(&self, node: &Node) -> bool {
        let terms = terms(&self.spec.template.spec);
        let holds =
            |one: &Requirement| !one.key.starts_with(BOTTLEROCKET) || one.holds(&node.metadata.labels).unwrap_or(true);
        terms.is_empty() || terms.iter().any(|term| term.match_expressions.iter().all(holds))
    }
}

impl Node {
    /// Whether the node runs Bottlerocket.
    pub fn is_bottlerocket(&self) -> bool {
        self.metadata.labels.keys().any(|key| key.starts_with(BOTTLEROCKET))
    }
}

/// Finds what surely keeps pods with this specification off the node; empty where nothing here does.
pub fn obstacles(spec: &AgentPodSpec, node: &Node) -> Vec<Obstacle> {
    let labels = &node.metadata.labels;
    let selector = spec.node_selector.iter().filter(|(key, value)| labels.get(*key) != Some(value));
    let mut found: Vec<Obstacle> =
        selector.map(|(key, value)| Obstacle::NodeSelector { wanted: format!("{key}={value}") }).collect();
    let terms = terms(spec);
    let clauses: Option<Vec<String>> = terms.iter().map(|term| failing(term, node)).collect();
    if let Some(clauses) = clauses.filter(|clauses| !clauses.is_empty()) {
        found.push(Obstacle::Affinity { clauses });
    }
    let taints = node.spec.taints.iter().filter(|taint| !is_tolerated(taint, &spec.tolerations));
    found.extend(taints.map(|taint| Obstacle::Taint { taint: taint.to_string() }));
    found
}

fn terms(spec: &AgentPodSpec) -> &[NodeSelectorTerm] {
    let required = spec.affinity.as_ref().and_then(|affinity| affinity.node_affinity.as_ref());
    required.and_then(|affinity| affinity.required.as_ref()).map_or(&[], |required| &required.node_selector_terms)
}

/// The first expression of a term that surely fails.
fn failing(term: &NodeSelectorTerm, node: &Node) -> Option<String> {
    let fails = |one: &&Requirement| one.holds(&node.metadata.labels) == Some(false);
    term.match_expressions.iter().find(fails).map(ToString::to_string)
}

fn is_tolerated(taint: &Taint, tolerations: &[Toleration]) -> bool {
    !matches!(taint.effect.as_str(), "NoSchedule" | "NoExecute")
        || TOLERATED.contains(&taint.key.as_str())
        || tolerations.iter().any(|toleration| tolerates(toleration, taint))
}

fn tolerates(toleration: &Toleration, taint: &Taint) -> bool {
    let text = |field: &Option<String>| field.clone().unwrap_or_default();
    let (key, effect) = (text(&toleration.key), text(&toleration.effect));
    let value = match toleration.operator.as_deref() {
        None | Some("" | "Equal") => text(&toleration.value) == taint.value,
        // `Exists`, and operators of later versions: only what surely does not tolerate is told as a reason.
        Some(_) => true,
    };
    (effect.is_empty() || effect == taint.effect) && (key.is_empty() || key == taint.key) && value
}

impl fmt::Display for Taint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let equals = if self.value.is_empty() { "" } else { "=" };
        write!(formatter, "{}{equals}{}:{}", self.key, self.value, self.effect)
    }
}
