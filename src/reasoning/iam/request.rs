//! A request, whom it comes from, and the variables that a policy may name.
//!
//! Source: IAM user guide, "Elements: Principal" and "Elements: `NotPrincipal`".
//!
//! Source: IAM user guide, "IAM policy elements: Variables and tags".

use std::collections::BTreeMap;

use super::evaluate::{Answer, Undecidable, any, not, undecidable};
use super::statement::{PrincipalEntry, PrincipalKind, Principals};
use super::values::{Piece, account_and_partition};

/// Whether the element covers the principal; `denies` says that it stands in a Deny, where `*` holds for AWS services and
/// identity providers too: AWS documents `aws:PrincipalIsAWSService` as the way to leave them out.
pub fn cover(principals: &Principals, asking: &RequestPrincipal, denies: bool) -> Answer {
    let everyone = |entry: &PrincipalEntry| denies && !principals.negated && entry.kind == PrincipalKind::Everyone;
    let named = |entry| if everyone(entry) { Ok(true) } else { names(entry, asking) };
    let named = any(principals.entries.iter().map(named));
    match (principals.negated, asking) {
        (false, _) => named,
        (true, RequestPrincipal::Role(_)) => spared_role(principals, named),
        (true, _) => not(named),
    }
}

/// Whether one entry names the principal.
pub fn names(entry: &PrincipalEntry, asking: &RequestPrincipal) -> Answer {
    let everyone = entry.kind == PrincipalKind::Everyone || (entry.kind == PrincipalKind::Aws && entry.value == "*");
    match asking {
        RequestPrincipal::Role(arn) if entry.kind == PrincipalKind::Aws || everyone => names_role(&entry.value, arn),
        RequestPrincipal::Role(_) => Ok(false),
        _ if everyone => beyond_aws(entry, asking),
        RequestPrincipal::Service(name) => {
            same_name(entry, PrincipalKind::Service, name, "a wildcard for services is not documented")
        }
        RequestPrincipal::Federated(arn) => {
            same_name(entry, PrincipalKind::Federated, arn, "a wildcard for identity providers is not documented")
        }
    }
}

/// `*` covers anonymous users and IAM principals; the user guide does not say whether, in a role's trust, it covers
/// services and identity providers. IAM refuses to store `"Principal": "*"` there at all, with the words
/// `invalid principal: "STAR":"*"`.
fn beyond_aws(entry: &PrincipalEntry, asking: &RequestPrincipal) -> Answer {
    let whom = match asking {
        RequestPrincipal::Federated(_) => "identity providers",
        _ => "AWS services",
    };
    undecidable(match entry.kind {
        PrincipalKind::Everyone => "IAM refuses \"*\" alone as the principal of a trust policy".to_owned(),
        _ => format!("whether \"AWS\": \"*\" also means {whom} in a trust policy is not documented"),
    })
}

fn same_name(entry: &PrincipalEntry, kind: PrincipalKind, name: &str, wildcard: &str) -> Answer {
    match (entry.kind == kind, entry.value.as_str()) {
        (true, "*") => undecidable(wildcard),
        (same_kind, value) => Ok(same_kind && value == name),
    }
}

/// Whether an `AWS` entry names a session of the role: everyone, its account, the role, or perhaps the session.
///
/// There are no wildcards inside an ARN, and the unique id of a deleted principal (`AROA…`) names no role that exists.
fn names_role(value: &str, arn: &str) -> Answer {
    if value == "*" || value == arn {
        return Ok(true);
    }
    let Some((partition, account)) = account_and_partition(arn) else {
        return undecidable("the ARN of the role that asks cannot be read");
    };
    if value == account || value == format!("arn:{partition}:iam::{account}:root") {
        return Ok(true);
    }
    let session =
        format!("arn:{partition}:sts::{account}:assumed-role/{}/", arn.rsplit('/').next().unwrap_or_default());
    if value.starts_with(&session) {
        return undecidable("it names one session of the role, and the name of the session is not known");
    }
    Ok(false)
}

/// With `NotPrincipal` an account, a role and its session are looked at one after the other, so that a role is spared for
/// certain only if everyone is, and covered for certain only if nothing of it is named.
fn spared_role(principals: &Principals, named: Answer) -> Answer {
    if principals.entries.iter().any(|entry| entry.value == "*") {
        return Ok(false);
    }
    match named {
        Ok(true) => {
            undecidable("NotPrincipal must name account, role and session, and the name of the session is not known")
        }
        other => not(other),
    }
}

/// Who makes the request.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum RequestPrincipal {
    /// An AWS service by its principal name, such as `pods.eks.amazonaws.com`.
    Service(String),
    /// A session of the IAM role with this ARN.
    Role(String),
    /// A user of the identity provider with this ARN.
    Federated(String),
}

impl RequestPrincipal {
    /// The name or ARN.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Service(name) | Self::Role(name) | Self::Federated(name) => name,
        }
    }
}

/// What is known of one condition key in a request.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ContextValue {
    /// Its values; several for a multivalued key, none for a multivalued key that is empty.
    Known(Vec<String>),
    /// It is in the request, with a value that is not known.
    Present,
    /// It is surely not in the request.
    Absent,
    /// Neither its value nor its presence is known.
    Unknown,
}

impl ContextValue {
    /// A key with a single known value.
    pub fn single(value: impl Into<String>) -> Self {
        Self::Known(vec![value.into()])
    }
}

/// The condition keys of a request. Names are not case-sensitive, the part behind `aws:RequestTag/` included.
///
/// Source: IAM user guide, "Elements: Condition".
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RequestContext {
    keys: BTreeMap<String, ContextValue>,
    families: Vec<(Family, ContextValue)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Family {
    Prefix(String),
    ProviderClaims,
}

impl RequestContext {
    /// A context in which every key is unknown.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same with one key set.
    #[must_use]
    pub fn with(mut self, key: &str, value: ContextValue) -> Self {
        self.keys.insert(key.to_ascii_lowercase(), value);
        self
    }

    /// The same with all keys that begin with `prefix`, unless they are set themselves or by an earlier family.
    #[must_use]
    pub fn with_all(mut self, prefix: &str, value: ContextValue) -> Self {
        self.families.push((Family::Prefix(prefix.to_ascii_lowercase()), value));
        self
    }

    /// The same with all claims of web identity providers, `HOST/PATH:CLAIM`, unless set otherwise before.
    #[must_use]
    pub fn with_provider_claims(mut self, value: ContextValue) -> Self {
        self.families.push((Family::ProviderClaims, value));
        self
    }

    /// What is known of a key; nothing was said of it means [`ContextValue::Unknown`].
    pub fn get(&self, key: &str) -> &ContextValue {
        let key = key.to_ascii_lowercase();
        let family = || self.families.iter().find(|(family, _)| family.holds(&key)).map(|(_, value)| value);
        self.keys.get(&key).or_else(family).unwrap_or(&ContextValue::Unknown)
    }
}

impl Family {
    fn holds(&self, key: &str) -> bool {
        match self {
            Self::Prefix(prefix) => key.starts_with(prefix.as_str()),
            // A provider is named by its host; namespaces of AWS (`aws:`, `sts:`, `saml:`) have no dot.
            Self::ProviderClaims => key
                .split_once(':')
                .is_some_and(|(provider, _)| provider.split('/').next().is_some_and(|host| host.contains('.'))),
        }
    }
}

/// One request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Who asks.
    pub principal: RequestPrincipal,
    /// For what, such as `sts:AssumeRole`.
    pub action: String,
    /// With which condition keys.
    pub context: RequestContext,
}

impl Request {
    /// A request.
    pub fn new(principal: RequestPrincipal, action: &str, context: RequestContext) -> Self {
        Self { principal, action: action.to_owned(), context }
    }

    /// The same request for another action.
    #[must_use]
    pub fn with_action(&self, action: &str) -> Self {
        Self { action: action.to_owned(), ..self.clone() }
    }
}

/// What a wanted value stands for once its variables are filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filled {
    /// These characters, with wildcards where the operator knows them.
    Pattern(Vec<Piece>),
    /// Nothing: a variable has no value, and nothing is equal to it or like it.
    Nothing,
}

/// How the characters of a wanted value are to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Notation {
    /// `*` and `?` are wildcards.
    pub wildcards: bool,
    /// `${…}` is a variable.
    pub variables: bool,
}

enum Variable {
    Value(String),
    None,
}

/// Fills the variables of a wanted value in. What comes from a variable is never a wildcard.
pub fn fill(wanted: &str, notation: Notation, context: &RequestContext) -> Result<Filled, Undecidable> {
    let mut pieces = Vec::new();
    let mut nothing = false;
    let mut rest = wanted;
    while let Some(letter) = rest.chars().next() {
        if notation.variables && rest.starts_with("${") {
            let (inside, after) = rest[2..].split_once('}').ok_or_else(|| unreadable(rest))?;
            match variable(inside, context)? {
                Variable::Value(value) => pieces.extend(value.chars().map(Piece::Letter)),
                Variable::None => nothing = true,
            }
            rest = after;
            continue;
        }
        pieces.push(match letter {
            '*' if notation.wildcards => Piece::AnyRun,
            '?' if notation.wildcards => Piece::AnyOne,
            other => Piece::Letter(other),
        });
        rest = &rest[letter.len_utf8()..];
    }
    Ok(if nothing { Filled::Nothing } else { Filled::Pattern(pieces) })
}

fn variable(inside: &str, context: &RequestContext) -> Result<Variable, Undecidable> {
    if matches!(inside, "*" | "?" | "$") {
        return Ok(Variable::Value(inside.to_owned()));
    }
    let (key, default) = match inside.split_once(", ") {
        Some((key, quoted)) => {
            let default = quoted.strip_prefix('\'').and_then(|text| text.strip_suffix('\''));
            (key, Some(default.filter(|text| !text.contains('\'')).ok_or_else(|| unreadable(inside))?))
        }
        None => (inside, None),
    };
    if key.is_empty() || key.contains(|letter: char| letter.is_whitespace() || "'\",${".contains(letter)) {
        return Err(unreadable(inside));
    }
    match context.get(key) {
        ContextValue::Known(values) => match values.as_slice() {
            [value] if !value.is_empty() => Ok(Variable::Value(value.clone())),
            _ => Err(Undecidable(format!("{key} has not exactly one value, so it cannot be a variable"))),
        },
        ContextValue::Absent => Ok(default.map_or(Variable::None, |text| Variable::Value(text.to_owned()))),
        ContextValue::Present | ContextValue::Unknown => {
            Err(Undecidable(format!("the value of the variable {key} is not known")))
        }
    }
}

fn unreadable(text: &str) -> Undecidable {
    Undecidable(format!("{text} is not a variable that can be read"))
}
