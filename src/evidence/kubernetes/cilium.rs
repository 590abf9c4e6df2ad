//! Cilium's policies as the API gives them, without their ingress rules, and the few settings that matter to them.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};

use crate::evidence::kubernetes::metadata::Metadata;
use crate::evidence::kubernetes::network_policy::PortName;
use crate::evidence::kubernetes::selector::LabelSelector;

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
