//! The network engine of the node, and what Cilium says of the pod.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::evidence::kubernetes::agent::Affinity;
use crate::evidence::kubernetes::metadata::Metadata;
use crate::evidence::kubernetes::network_policy::{LabelSelector, PortName};

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

/// Keys of the settings that are kept.
const KEPT_SETTINGS: &[&str] = &["enable-k8s-networkpolicy", "enable-policy", "policy-cidr-match-mode"];

/// A `CiliumNetworkPolicy` or a `CiliumClusterwideNetworkPolicy`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct CiliumPolicy {
    /// Name and namespace.
    pub metadata: Metadata,
    /// Its rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spec: Option<CiliumRule>,
    /// Its rules, where it has several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub specs: Option<Vec<CiliumRule>>,
}

impl CiliumPolicy {
    /// All its rules.
    pub fn rules(&self) -> impl Iterator<Item = &CiliumRule> {
        self.spec.iter().chain(self.specs.iter().flatten())
    }
}

/// A rule: whom it selects, what it allows and what it denies.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CiliumRule {
    /// The pods that it selects; a rule about nodes has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub endpoint_selector: Option<LabelSelector>,
    /// What the pods may reach.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub egress: Option<Vec<CiliumEgress>>,
    /// What they may not reach, whatever else allows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub egress_deny: Option<Vec<CiliumEgress>>,
    /// Whether pods that it selects may reach only what is allowed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enable_default_deny: Option<DefaultDeny>,
}

impl CiliumRule {
    /// Whether pods that it selects may from then on reach only what is allowed.
    pub fn isolates(&self) -> bool {
        let has = |list: &Option<Vec<CiliumEgress>>| list.as_ref().is_some_and(|list| !list.is_empty());
        let said = self.enable_default_deny.as_ref().and_then(|default| default.egress);
        said.unwrap_or(has(&self.egress) || has(&self.egress_deny))
    }
}

/// Whether a rule cuts its pods off from what it does not name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DefaultDeny {
    /// On the way out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub egress: Option<bool>,
}

/// Destinations and ports. One without any destination means every destination; an empty list means none.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CiliumEgress {
    /// `host`, `world`, `all` …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to_entities: Option<Vec<String>>,
    /// Ranges of addresses.
    #[serde(rename = "toCIDR", skip_serializing_if = "Option::is_none")]
    pub to_cidr: Option<Vec<String>>,
    /// Ranges of addresses without others.
    #[serde(rename = "toCIDRSet", skip_serializing_if = "Option::is_none")]
    pub to_cidr_set: Option<Vec<CiliumRange>>,
    /// Pods.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to_endpoints: Option<Vec<LabelSelector>>,
    /// Nodes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to_nodes: Option<Vec<LabelSelector>>,
    /// Services.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to_services: Option<Vec<Unread>>,
    /// Names of the DNS.
    #[serde(rename = "toFQDNs", skip_serializing_if = "Option::is_none")]
    pub to_fqdns: Option<Vec<Unread>>,
    /// Groups of a cloud.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to_groups: Option<Vec<Unread>>,
    /// Ports.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to_ports: Option<Vec<CiliumPorts>>,
    /// Messages of ICMP.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub icmps: Option<Vec<Unread>>,
}

/// A range of addresses, or a group of them that stands elsewhere.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CiliumRange {
    /// The range; empty where a group is named.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub cidr: String,
    /// Ranges that are taken out of it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub except: Vec<String>,
}

/// Ports, and rules about what is said there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CiliumPorts {
    /// The ports; none means every port.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ports: Option<Vec<CiliumPort>>,
    /// Rules about HTTP, DNS and others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rules: Option<Unread>,
}

/// A port.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CiliumPort {
    /// The number as text, or a name; `0` means every port.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<PortName>,
    /// The last port of a range.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_port: Option<i64>,
    /// `TCP`, `UDP`, `SCTP`, `ANY`; any where it is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub protocol: Option<String>,
}

/// Something that is there, of which nothing is kept.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unread {}

/// The settings of Cilium in `ConfigMap` `cilium-config`, as far as they matter to policies.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CiliumConfig {
    /// The settings.
    #[serde(deserialize_with = "kept_settings")]
    pub data: BTreeMap<String, String>,
}

impl CiliumConfig {
    /// A setting.
    pub fn setting(&self, key: &str) -> Option<&str> {
        self.data.get(key).map(String::as_str)
    }
}

fn kept_settings<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, String>, D::Error> {
    let all = Option::<BTreeMap<String, String>>::deserialize(deserializer)?.unwrap_or_default();
    Ok(all.into_iter().filter(|(key, _)| KEPT_SETTINGS.contains(&key.as_str())).collect())
}
