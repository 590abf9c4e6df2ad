//! The clause of a policy that decides: where it stands, what it wants, and what the request has instead.

use std::fmt;

use super::calls::REQUEST_TAG;
use super::request::ContextValue;

/// Which element of a document a clause belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Element {
    /// Something outside the statements.
    Document,
    /// A statement that cannot be read.
    Statement,
    /// `Principal`.
    Principal,
    /// `NotPrincipal`.
    NotPrincipal,
    /// `Action`.
    Action,
    /// `NotAction`.
    NotAction,
    /// `Condition`.
    Condition {
        /// The operator as written.
        operator: String,
        /// The key as written.
        key: String,
    },
}

/// What the request has where a clause looks.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Actual {
    /// These values.
    Values(Vec<String>),
    /// Nothing: the key is not in the request.
    Absent,
    /// Not known.
    Unknown,
}

impl From<&ContextValue> for Actual {
    fn from(value: &ContextValue) -> Self {
        match value {
            ContextValue::Known(values) if values.is_empty() => Self::Absent,
            ContextValue::Known(values) => Self::Values(values.clone()),
            ContextValue::Absent => Self::Absent,
            ContextValue::Present | ContextValue::Unknown => Self::Unknown,
        }
    }
}

/// One clause and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Clause {
    /// Where it stands: `Statement[0].Condition.StringEquals["aws:RequestTag/kubernetes-namespace"]`.
    pub place: String,
    /// What it is.
    pub element: Element,
    /// What it wants, as written; empty where it cannot be read.
    pub wanted: Vec<String>,
    /// What the request has.
    pub actual: Actual,
    /// Why it is undecidable; `None` for a clause that surely does not hold.
    pub reason: Option<String>,
}

impl Clause {
    /// The operator and the key, if it is a condition.
    pub fn condition(&self) -> Option<(&str, &str)> {
        match &self.element {
            Element::Condition { operator, key } => Some((operator, key)),
            _ => None,
        }
    }

    /// Whether it is a condition on a session tag of the request, which no request has while session tags are disabled.
    pub fn is_on_session_tags(&self) -> bool {
        self.condition().is_some_and(|(_, key)| is_session_tag_key(key))
    }
}

/// Whether a condition key speaks of the tags in the request.
pub fn is_session_tag_key(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    key.starts_with(&REQUEST_TAG.to_ascii_lowercase()) || key == "aws:tagkeys" || key == "sts:transitivetagkeys"
}

impl fmt::Display for Clause {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = if self.place.is_empty() { "the document" } else { &self.place };
        if let Some(reason) = &self.reason {
            return write!(formatter, "{place} is undecidable ({reason})");
        }
        let wants = if self.wants_none() { "wants none of" } else { "wants" };
        write!(formatter, "{place} {wants} {}", listed(&self.wanted, " or "))?;
        match &self.actual {
            Actual::Values(values) => write!(formatter, " and the request has {}", listed(values, ", ")),
            Actual::Absent => formatter.write_str(" and the request does not have that key"),
            Actual::Unknown => formatter.write_str(" and what the request has is not known"),
        }
    }
}

impl Clause {
    fn wants_none(&self) -> bool {
        match &self.element {
            Element::NotPrincipal | Element::NotAction => true,
            Element::Condition { operator, .. } => operator.contains("Not"),
            _ => false,
        }
    }
}

fn listed(values: &[String], between: &str) -> String {
    let quoted: Vec<String> = values.iter().map(|value| format!("\"{value}\"")).collect();
    quoted.join(between)
}
