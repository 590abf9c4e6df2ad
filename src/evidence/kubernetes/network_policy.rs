//! Network policies and label selectors.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::evidence::kubernetes::metadata::Metadata;

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

/// A label selector; an empty one matches everything.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct LabelSelector {
    /// Labels that must be equal.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub match_labels: BTreeMap<String, String>,
    /// Expressions that must hold.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub match_expressions: Vec<Requirement>,
}

/// One expression over a label.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Requirement {
    /// The label.
    pub key: String,
    /// `In`, `NotIn`, `Exists`, `DoesNotExist`; for nodes also `Gt`, `Lt`.
    pub operator: String,
    /// The values of `In` and `NotIn`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
}

impl Requirement {
    /// Whether it holds for these labels; `None` for an operator that is not known here.
    pub fn holds(&self, labels: &BTreeMap<String, String>) -> Option<bool> {
        let value = labels.get(&self.key);
        Some(match self.operator.as_str() {
            "In" => value.is_some_and(|value| self.values.contains(value)),
            "NotIn" => value.is_none_or(|value| !self.values.contains(value)),
            "Exists" => value.is_some(),
            "DoesNotExist" => value.is_none(),
            "Gt" | "Lt" => {
                let (Some(value), Some(bound)) = (value, self.values.first()) else { return Some(false) };
                match (value.parse::<i64>(), bound.parse::<i64>()) {
                    (Ok(value), Ok(bound)) if self.operator == "Gt" => value > bound,
                    (Ok(value), Ok(bound)) => value < bound,
                    _ => false,
                }
            }
            _ => return None,
        })
    }
}

impl std::fmt::Display for Requirement {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} {}", self.key, self.operator)?;
        if self.values.is_empty() { Ok(()) } else { write!(formatter, " [{}]", self.values.join(", ")) }
    }
}

/// Why a selector does not match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Match {
    /// It matches.
    Yes,
    /// It does not; the clause is named.
    No(String),
    /// It has an operator that is not known here; the clause is named.
    Undecided(String),
}

impl LabelSelector {
    /// Whether it surely matches.
    pub fn matches(&self, labels: &BTreeMap<String, String>) -> bool {
        self.evaluate(labels) == Match::Yes
    }

    /// Evaluates the selector; a clause that surely fails outweighs one that cannot be read.
    pub fn evaluate(&self, labels: &BTreeMap<String, String>) -> Match {
        for (key, value) in &self.match_labels {
            if labels.get(key) != Some(value) {
                return Match::No(format!("{key}={value}"));
            }
        }
        let mut undecided = None;
        for requirement in &self.match_expressions {
            match requirement.holds(labels) {
                Some(true) => {}
                Some(false) => return Match::No(requirement.to_string()),
                None => undecided = Some(requirement.to_string()),
            }
        }
        undecided.map_or(Match::Yes, Match::Undecided)
    }
}
