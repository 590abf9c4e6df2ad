//! The agent: its daemon sets, and its pods on the node of the pod in question.
//!
//! Of arguments and variables only those are kept that the agent itself defines.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};

use crate::evidence::kubernetes::environment::{EnvFromSource, EnvVar};
use crate::evidence::kubernetes::metadata::{AGENT, Metadata};
use crate::evidence::kubernetes::pod_status::PodStatus;
use crate::evidence::source::SYSTEM_NAMESPACE;

/// The address that the agent listens on where it is told none.
const IPV4_HOST: &str = "169.254.170.23";
/// In how many namespaces agent pods are looked for: each is a request.
const MOST_NAMESPACES: usize = 2;
/// Arguments of the agent that are kept, without their leading dashes (`cmd/server.go` of the agent).
const KEPT_FLAGS: &[&str] = &[
    "b",
    "bind-hosts",
    "c",
    "cluster-name",
    "endpoint",
    "max-cache-size",
    "max-credential-retention-before-renewal",
    "max-service-qps",
    "metrics-address",
    "metrics-port",
    "p",
    "port",
    "probe-port",
    "rotate-credentials",
    "v",
    "verbosity",
];

/// A daemon set of the agent.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct AgentDaemonSet {
    /// Name, namespace, labels, Helm annotations.
    pub metadata: Metadata,
    /// Its template.
    pub spec: DaemonSetSpec,
    /// Its counts.
    pub status: DaemonSetStatus,
}

/// The specification of a daemon set.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct DaemonSetSpec {
    /// The template of its pods.
    pub template: AgentTemplate,
}

/// The counts of a daemon set.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DaemonSetStatus {
    /// How many nodes should run it.
    pub desired_number_scheduled: u32,
    /// How many are ready.
    pub number_ready: u32,
}

/// The template of agent pods.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct AgentTemplate {
    /// Where and how they run.
    pub spec: AgentPodSpec,
}

/// An agent pod.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct AgentPod {
    /// Name, namespace, times.
    pub metadata: Metadata,
    /// Where and how it runs.
    pub spec: AgentPodSpec,
    /// What became of it.
    pub status: PodStatus,
}

/// The specification of an agent pod.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AgentPodSpec {
    /// The node.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub node_name: Option<String>,
    /// Labels that the node must have.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub node_selector: BTreeMap<String, String>,
    /// Taints that are tolerated.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tolerations: Vec<Toleration>,
    /// Affinity to nodes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub affinity: Option<Affinity>,
    /// Containers, with the agent's own arguments and variables.
    pub containers: Vec<AgentContainer>,
}

/// A toleration.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Toleration {
    /// The key; none tolerates all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// `Exists` or `Equal`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operator: Option<String>,
    /// The value for `Equal`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// The effect; none tolerates all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effect: Option<String>,
}

/// Affinity, of which only required node affinity matters.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Affinity {
    /// Affinity to nodes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub node_affinity: Option<NodeAffinity>,
}

/// Affinity to nodes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct NodeAffinity {
    /// What must hold.
    #[serde(rename = "requiredDuringSchedulingIgnoredDuringExecution", skip_serializing_if = "Option::is_none")]
    pub required: Option<NodeSelector>,
}

/// Terms of which one must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct NodeSelector {
    /// The terms.
    pub node_selector_terms: Vec<NodeSelectorTerm>,
}

/// Expressions that must all hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct NodeSelectorTerm {
    /// Over labels.
    pub match_expressions: Vec<crate::evidence::kubernetes::network_policy::Requirement>,
}

/// A container of the agent.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct AgentContainer {
    /// The name.
    pub name: String,
    /// The image, which carries the version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// The agent's own flags and their values.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "kept_arguments")]
    pub args: Vec<String>,
    /// Variables of AWS and of proxies.
    #[serde(
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "crate::evidence::kubernetes::environment::relevant"
    )]
    pub env: Vec<EnvVar>,
    /// Whole ConfigMaps and Secrets taken as environment: by name only, because neither is read.
    #[serde(rename = "envFrom", skip_serializing_if = "Vec::is_empty")]
    pub env_from: Vec<EnvFromSource>,
}

/// The namespaces in which agent pods are looked for: where its daemon sets are, else where EKS puts it.
pub fn namespaces(sets: &[AgentDaemonSet]) -> Vec<&str> {
    let mut found: Vec<&str> = Vec::new();
    for set in sets {
        let namespace = set.metadata.namespace.as_str();
        if !found.contains(&namespace) && found.len() < MOST_NAMESPACES {
            found.push(namespace);
        }
    }
    if found.is_empty() { vec![SYSTEM_NAMESPACE] } else { found }
}

/// The agent pods by their node; those that are on none are under the empty name.
pub fn by_node(agents: &[AgentPod]) -> BTreeMap<&str, Vec<&AgentPod>> {
    let mut by_node: BTreeMap<&str, Vec<&AgentPod>> = BTreeMap::new();
    for agent in agents {
        by_node.entry(agent.spec.node_name.as_deref().unwrap_or_default()).or_default().push(agent);
    }
    by_node
}

/// Whether metadata, image or arguments say that this is the agent: by add-on, by Helm, or by hand.
pub fn is_agent(metadata: &Metadata, spec: &AgentPodSpec) -> bool {
    let by_image = |image: &String| image.contains(AGENT);
    metadata.name.starts_with(AGENT)
        || metadata.labels.get("app.kubernetes.io/name").is_some_and(|name| name.starts_with(AGENT))
        || spec.containers.iter().any(|one| one.image.as_ref().is_some_and(by_image) || one.has_agents_arguments())
}

impl AgentContainer {
    /// Whether its arguments are the agent's: a copy may have a name, a label and an image of its own.
    fn has_agents_arguments(&self) -> bool {
        let of_agent = self.flag(&["probe-port"]).is_some() || self.flags(&["b", "bind-hosts"]).contains(&IPV4_HOST);
        of_agent && self.flag(&["c", "cluster-name"]).is_some()
    }

    /// The value of a flag, in any of the forms `--name value`, `--name=value`, `-n value`; the last one counts.
    pub fn flag(&self, names: &[&str]) -> Option<&str> {
        self.flags(names).pop()
    }

    /// All values of a flag that may be given several times.
    pub fn flags(&self, names: &[&str]) -> Vec<&str> {
        let mut found = Vec::new();
        let mut arguments = self.args.iter();
        while let Some(argument) = arguments.next() {
            let bare = argument.trim_start_matches('-');
            if let Some((name, value)) = bare.split_once('=')
                && names.contains(&name)
            {
                found.push(value);
            } else if argument.starts_with('-') && names.contains(&bare) {
                found.extend(arguments.next().map(String::as_str));
            }
        }
        found
    }

    /// Finds the variable that the agent sees: the last one of that name.
    pub fn variable(&self, name: &str) -> Option<&EnvVar> {
        self.env.iter().rev().find(|variable| variable.name == name)
    }
}

impl AgentPodSpec {
    /// The container that serves credentials.
    pub fn agent(&self) -> Option<&AgentContainer> {
        let named = self.containers.iter().find(|container| container.name == AGENT);
        let alike = || self.containers.iter().find(|container| container.has_agents_arguments());
        named.or_else(alike).or_else(|| self.containers.first())
    }
}

fn kept_arguments<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let all = Option::<Vec<String>>::deserialize(deserializer)?.unwrap_or_default();
    let mut kept = Vec::new();
    let mut value_wanted = false;
    for argument in all {
        let flag = argument.starts_with('-');
        let name = argument.trim_start_matches('-').split('=').next().unwrap_or_default().to_owned();
        if flag && KEPT_FLAGS.contains(&name.as_str()) {
            value_wanted = !argument.contains('=');
            kept.push(argument);
        } else if !flag && value_wanted {
            value_wanted = false;
            kept.push(argument);
        } else {
            value_wanted = false;
        }
    }
    Ok(kept)
}
