//! A network policy as the API gives it, without its ingress rules, which say nothing about the way to the agent.

use serde::{Deserialize, Serialize};

use crate::evidence::kubernetes::metadata::Metadata;
use crate::evidence::kubernetes::selector::LabelSelector;

/// A network policy.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct NetworkPolicy {
    /// Name, namespace, times.
    pub metadata: Metadata,
    /// Whom it selects and what it allows.
    pub spec: NetworkPolicySpec,
}

/// The specification of a network policy.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct NetworkPolicySpec {
    /// The pods of its namespace that it is about; an empty selector means all of them.
    pub pod_selector: LabelSelector,
    /// `Ingress`, `Egress`; where it is missing the rules say it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy_types: Option<Vec<String>>,
    /// What the pods may reach.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub egress: Option<Vec<EgressRule>>,
}

/// One thing that pods may reach.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct EgressRule {
    /// The ports; none or an empty list means every port.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ports: Option<Vec<PolicyPort>>,
    /// The destinations; none or an empty list means every destination.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<Vec<Peer>>,
}

/// A port, or a range of ports.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PolicyPort {
    /// `TCP` where it is missing, `UDP`, `SCTP`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub protocol: Option<String>,
    /// The port; every port of the protocol where it is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<PortName>,
    /// The last port of a range.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_port: Option<i64>,
}

/// A port by number, or by the name that a container of the destination gives it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum PortName {
    /// The number.
    Number(i64),
    /// The name.
    Name(String),
}

/// A destination; exactly one kind is set, or both selectors.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Peer {
    /// A range of addresses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ip_block: Option<IpBlock>,
    /// Pods.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pod_selector: Option<LabelSelector>,
    /// Pods of namespaces.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace_selector: Option<LabelSelector>,
}

/// A range of addresses, without others.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct IpBlock {
    /// The range.
    pub cidr: String,
    /// Ranges that are taken out of it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub except: Vec<String>,
}

impl NetworkPolicy {
    /// Whether it is about what its pods may reach.
    ///
    /// Without types the rules say it: the API server counts a policy as one of egress if it has an egress rule.
    pub fn is_about_egress(&self) -> bool {
        match self.spec.policy_types.as_deref() {
            None | Some([]) => !self.rules().is_empty(),
            Some(types) => types.iter().any(|one| one == "Egress"),
        }
    }

    /// Its egress rules.
    pub fn rules(&self) -> &[EgressRule] {
        self.spec.egress.as_deref().unwrap_or_default()
    }
}
