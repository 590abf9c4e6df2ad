//! Label selectors, as the API server evaluates them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

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
