//! A request as AWS STS will see it: who asks, for which action, and what is known of each condition key.

use std::collections::BTreeMap;

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
