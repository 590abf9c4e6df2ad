//! One statement of a policy, as read: whom it is about, what, and under which conditions.

use super::place::Place;

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
