//! What enforces network policies in the cluster, and how the VPC CNI is set: read from daemon sets of networks.
//!
//! It is separate from the agent's daemon sets because other fields of them matter. Of arguments and variables only those
//! named here are kept.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::evidence::kubernetes::agent::Affinity;
use crate::evidence::kubernetes::metadata::Metadata;

/// The variable that says how the VPC CNI treats pods with security groups of their own.
pub const SECURITY_GROUP_MODE: &str = "POD_SECURITY_GROUP_ENFORCING_MODE";
/// The variable that says what the VPC CNI does with pods that no policy selects.
pub const POLICY_MODE: &str = "NETWORK_POLICY_ENFORCING_MODE";
/// Arguments that are kept, without their leading dashes.
const KEPT_FLAGS: &[&str] = &["enable-network-policy"];
/// Variables that are kept.
const KEPT_VARIABLES: &[&str] = &["ENABLE_POD_ENI", POLICY_MODE, SECURITY_GROUP_MODE];
/// Containers of the VPC CNI's daemon set that enforce policies, by any of their names.
const POLICY_AGENTS: &[&str] = &["aws-eks-nodeagent", "aws-network-policy-agent"];

/// The daemon sets of networks that were seen.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct NetworkEngines {
    /// Whether all namespaces were listed: only then is what was not seen not there.
    pub everywhere: bool,
    /// The daemon sets.
    pub daemon_sets: Vec<NetworkDaemonSet>,
}

/// A daemon set of a network.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct NetworkDaemonSet {
    /// Name, namespace, labels.
    pub metadata: Metadata,
    /// Its template.
    pub spec: NetworkDaemonSetSpec,
}

/// The specification of such a daemon set.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct NetworkDaemonSetSpec {
    /// The template of its pods.
    pub template: NetworkTemplate,
}

/// The template of such pods.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct NetworkTemplate {
    /// Where and how they run.
    pub spec: NetworkPodSpec,
}

/// The specification of such pods.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct NetworkPodSpec {
    /// Labels that the node must have.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub node_selector: BTreeMap<String, String>,
    /// Affinity to nodes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub affinity: Option<Affinity>,
    /// Containers.
    pub containers: Vec<NetworkContainer>,
}

/// A container of a network.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct NetworkContainer {
    /// The name.
    pub name: String,
    /// The flags named above.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "kept_arguments")]
    pub args: Vec<String>,
    /// The variables named above.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "kept_variables")]
    pub env: Vec<Setting>,
}

/// A variable; without a value where it comes from somewhere else.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Setting {
    /// The name.
    pub name: String,
    /// The value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// Whether it comes from a field, a `ConfigMap` or a Secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value_from: Option<Elsewhere>,
}

/// A place a value comes from, of which nothing is kept.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Elsewhere {}

/// Engines that read network policies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// The VPC CNI with its network policy agent.
    VpcCni,
    /// Cilium, which has rules of its own for addresses of nodes.
    Cilium,
    /// Another one, by its name.
    Other(&'static str),
}

impl Engine {
    /// The name that people know it by.
    pub fn name(self) -> &'static str {
        match self {
            Self::VpcCni => "the Amazon VPC CNI",
            Self::Cilium => "Cilium",
            Self::Other(name) => name,
        }
    }
}

/// Names of daemon sets and the engines behind them.
const KNOWN: &[(&str, Engine)] = &[
    ("aws-node", Engine::VpcCni),
    ("cilium", Engine::Cilium),
    ("calico-node", Engine::Other("Calico")),
    ("canal", Engine::Other("Calico")),
    ("antrea-agent", Engine::Other("Antrea")),
    ("kube-router", Engine::Other("kube-router")),
    ("weave-net", Engine::Other("Weave Net")),
];

impl NetworkEngines {
    /// Whether an engine was seen anywhere.
    pub fn has(&self, engine: Engine) -> bool {
        self.daemon_sets.iter().any(|set| set.engine() == Some(engine))
    }
}

impl NetworkDaemonSet {
    /// The engine that this daemon set is of, whether or not it enforces anything.
    pub fn engine(&self) -> Option<Engine> {
        let label = |key: &str| self.metadata.labels.get(key).map(String::as_str);
        let names = [Some(self.metadata.name.as_str()), label("k8s-app"), label("app.kubernetes.io/name")];
        KNOWN.iter().find(|(known, _)| names.contains(&Some(known))).map(|(_, engine)| *engine)
    }

    /// Whether network policies are enforced where it runs: the VPC CNI does so only with its policy agent on.
    pub fn enforces(&self) -> bool {
        self.engine().is_some_and(|engine| engine != Engine::VpcCni || self.has_policy_agent())
    }

    fn has_policy_agent(&self) -> bool {
        let agents = self.spec.template.spec.containers.iter().filter(|one| POLICY_AGENTS.contains(&one.name.as_str()));
        agents.flat_map(|agent| &agent.args).any(|argument| {
            matches!(argument.trim_start_matches('-'), "enable-network-policy" | "enable-network-policy=true")
        })
    }

    /// A variable of any of its containers.
    pub fn setting(&self, name: &str) -> Option<&Setting> {
        self.spec.template.spec.containers.iter().flat_map(|one| &one.env).find(|one| one.name == name)
    }
}

fn kept_arguments<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let all = Option::<Vec<String>>::deserialize(deserializer)?.unwrap_or_default();
    let name = |argument: &str| argument.trim_start_matches('-').split('=').next().unwrap_or_default().to_owned();
    Ok(all.into_iter().filter(|argument| KEPT_FLAGS.contains(&name(argument).as_str())).collect())
}

fn kept_variables<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Setting>, D::Error> {
    // A variable of another kind must not make the whole list unreadable, so only those that are kept are read.
    let all = Option::<Vec<Value>>::deserialize(deserializer)?.unwrap_or_default();
    let kept = all.into_iter().filter(|one| one["name"].as_str().is_some_and(|name| KEPT_VARIABLES.contains(&name)));
    kept.map(|one| serde_json::from_value(one).map_err(serde::de::Error::custom)).collect()
}
