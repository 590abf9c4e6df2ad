//! What a statement says of a request, clause by clause.
//!
//! Sources: IAM user guide, "Elements: Condition operators", "Conditions with multiple context keys or values", and
//! "Set operators for multivalued context keys".

use std::fmt;

use super::calls::REQUEST_TAG;
use super::evaluate::{Answer, all, any, not, undecidable};
use super::operators::{Operator, Quantifier, Test};
use super::place::Place;
use super::request::{ContextValue, RequestContext};

/// What a statement does when it matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Effect {
    /// Allows, unless something denies.
    Allow,
    /// Denies, whatever allows.
    Deny,
}

/// What kind of principal an entry names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PrincipalKind {
    /// `"Principal": "*"`.
    Everyone,
    /// `AWS`: accounts, users, roles, sessions.
    Aws,
    /// `Service`: AWS services.
    Service,
    /// `Federated`: identity providers.
    Federated,
    /// `CanonicalUser`: an account as Amazon S3 names it.
    CanonicalUser,
}

impl PrincipalKind {
    /// The word that the policy language uses; `*` for everyone.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Everyone => "*",
            Self::Aws => "AWS",
            Self::Service => "Service",
            Self::Federated => "Federated",
            Self::CanonicalUser => "CanonicalUser",
        }
    }

    /// Reads the word that the policy language uses inside an object.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Aws, Self::Service, Self::Federated, Self::CanonicalUser].into_iter().find(|kind| kind.as_str() == word)
    }
}

/// One principal that a statement names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrincipalEntry {
    /// Its kind.
    pub kind: PrincipalKind,
    /// Its identifier as written.
    pub value: String,
}

/// The `Principal` or `NotPrincipal` of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principals {
    /// Whether it is `NotPrincipal`.
    pub negated: bool,
    /// Whom it names; never empty.
    pub entries: Vec<PrincipalEntry>,
    /// Where it stands.
    pub place: Place,
}

/// The `Action` or `NotAction` of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actions {
    /// Whether it is `NotAction`.
    pub negated: bool,
    /// The patterns as written; never empty.
    pub patterns: Vec<String>,
    /// Where it stands.
    pub place: Place,
}

/// One condition: an operator, a key, and the values wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// The operator as written, such as `ForAnyValue:StringLike`.
    pub operator: String,
    /// The key as written.
    pub key: String,
    /// The wanted values, numbers and truth values as text; never empty.
    pub values: Vec<String>,
    /// Where it stands.
    pub place: Place,
}

/// Something in a document that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where it stands.
    pub place: Place,
    /// What is wrong with it, in words.
    pub reason: String,
}

/// One statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Its place in the list, from 0.
    pub index: usize,
    /// Where it stands: `Statement[0]`, or `Statement` where the document has only one and no list.
    pub place: Place,
    /// The name its author gave it.
    pub sid: Option<String>,
    /// What it does; `None` where that cannot be read, so that it may be either.
    pub effect: Option<Effect>,
    /// Whom it is about; `None` only beside a problem.
    pub principals: Option<Principals>,
    /// What it is about; `None` only beside a problem.
    pub actions: Option<Actions>,
    /// All of them must hold.
    pub conditions: Vec<Condition>,
    /// Why it cannot be relied on; empty for a statement that was read whole.
    pub problems: Vec<Problem>,
}

impl Statement {
    /// Whether the statement certainly allows nothing.
    pub fn is_deny(&self) -> bool {
        self.effect == Some(Effect::Deny)
    }
}

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
        let wants = if self.wants_none() { "requires none of" } else { "requires" };
        write!(formatter, "{place} {wants} {}", listed(&self.wanted, " or "))?;
        match &self.actual {
            Actual::Values(values) => write!(formatter, "; the request has {}", listed(values, ", ")),
            Actual::Absent => formatter.write_str("; the request does not have that key"),
            Actual::Unknown => formatter.write_str("; what the request has is not known"),
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

/// Whether a condition holds. `variables` says whether `${…}` is a variable in this document.
pub fn holds(condition: &Condition, variables: bool, context: &RequestContext) -> Answer {
    let Some(operator) = Operator::parse(&condition.operator) else {
        return undecidable(format!("{} is not a condition operator that is known here", condition.operator));
    };
    for wanted in &condition.values {
        operator.check_wanted(wanted)?;
    }
    let comparison = Comparison { operator, wanted: &condition.values, variables, context };
    let found = context.get(&condition.key);
    if operator.test == Test::Null {
        return comparison.null(found);
    }
    match found {
        ContextValue::Known(values) => comparison.known(values),
        ContextValue::Absent => comparison.absent(),
        ContextValue::Present => comparison.present(),
        ContextValue::Unknown => undecidable(unknown(&condition.key)),
    }
}

/// Why a key is not known, in words that fit the key.
fn unknown(key: &str) -> String {
    format!("what the request says of {key} is not known")
}

struct Comparison<'a> {
    operator: Operator,
    wanted: &'a [String],
    variables: bool,
    context: &'a RequestContext,
}

impl Comparison<'_> {
    /// `true` asks for an absent key, `false` for a present one with a value.
    fn null(&self, found: &ContextValue) -> Answer {
        let absent = match found {
            ContextValue::Absent => true,
            ContextValue::Present => false,
            ContextValue::Known(values) if values.iter().any(|value| !value.is_empty()) => false,
            ContextValue::Known(_) => return undecidable("whether an empty value counts as absent is not documented"),
            ContextValue::Unknown => return undecidable("whether the key is in the request is not known"),
        };
        Ok(self.wanted.iter().any(|wanted| (wanted == "true") == absent))
    }

    /// An absent key matches nothing, so that a negated operator holds.
    fn absent(&self) -> Answer {
        match (self.operator.quantifier, self.operator.if_exists) {
            // The pages contradict each other: IfExists says true, ForAnyValue without a key says false.
            (Some(Quantifier::AnyValue), true) => {
                undecidable("how ForAnyValue and IfExists go together for an absent key is not documented")
            }
            (Some(Quantifier::AnyValue), false) => Ok(false),
            (Some(Quantifier::AllValues), _) | (None, true) => Ok(true),
            (None, false) => Ok(self.operator.negated),
        }
    }

    /// A key with an unknown value: only a pattern that fits everything decides.
    fn present(&self) -> Answer {
        let certain =
            self.wanted.iter().any(|wanted| self.operator.matches_anything(wanted, self.variables, self.context));
        if certain { Ok(!self.operator.negated) } else { undecidable("the value of the key is not known") }
    }

    fn known(&self, values: &[String]) -> Answer {
        // "Set operators": an empty set and a set of empty values are the same.
        let empty = values.iter().all(String::is_empty);
        match self.operator.quantifier {
            Some(Quantifier::AllValues) if empty => Ok(true),
            Some(Quantifier::AnyValue) if empty => {
                if self.operator.if_exists {
                    self.absent()
                } else {
                    Ok(false)
                }
            }
            Some(Quantifier::AllValues) => all(values.iter().map(|value| self.one(value))),
            Some(Quantifier::AnyValue) => any(values.iter().map(|value| self.one(value))),
            None => match values {
                [value] => self.one(value),
                [] if self.operator.if_exists => undecidable("whether an empty key counts as absent is not documented"),
                [] => Ok(self.operator.negated),
                _ => {
                    undecidable("the key has several values, and the operator has neither ForAnyValue nor ForAllValues")
                }
            },
        }
    }

    /// One of the wanted values for a positive operator, none of them for a negated one.
    fn one(&self, value: &str) -> Answer {
        let matches =
            any(self.wanted.iter().map(|wanted| self.operator.matches(wanted, value, self.variables, self.context)));
        if self.operator.negated { not(matches) } else { matches }
    }
}
