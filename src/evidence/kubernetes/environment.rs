//! The environment of a container, as far as it decides about AWS credentials.
//!
//! It is separate because it is the one place where a secret could become evidence: a value is kept only for the
//! variables named here, and a proxy keeps its scheme, host and port only.

use serde::{Deserialize, Deserializer, Serialize};

/// Variables whose values are names, paths, addresses or switches, never secrets.
const SHOWN: &[&str] = &[
    "AWS_CONFIG_FILE",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_DEFAULT_REGION",
    "AWS_EC2_METADATA_DISABLED",
    "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "AWS_PROFILE",
    "AWS_REGION",
    "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_STS_REGIONAL_ENDPOINTS",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "NO_PROXY",
    "no_proxy",
];
/// Variables that hold an address, which may carry a password or a query.
const ADDRESSES: &[&str] = &[
    "ALL_PROXY",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_EKS_AUTH",
    "AWS_ENDPOINT_URL_STS",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "all_proxy",
    "http_proxy",
    "https_proxy",
];

/// Variables of proxies, whose values are kept also where a `ConfigMap` brings them.
const PROXY_SETTINGS: &[&str] =
    &["ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "all_proxy", "http_proxy", "https_proxy", "no_proxy"];

/// A variable of a container.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "RawVariable", into = "RawVariable")]
pub struct EnvVar {
    /// The name.
    pub name: String,
    /// Where its value comes from.
    pub value: EnvValue,
}

/// The value of a variable, as far as evidence may hold it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EnvValue {
    /// A value that is no secret.
    Shown(String),
    /// Set, to the empty string.
    Empty,
    /// Set in the specification; the value is not kept.
    Hidden,
    /// A key of a Secret.
    SecretKey(KeyReference),
    /// A key of a ConfigMap.
    ConfigMapKey(KeyReference),
    /// A field of the pod or a resource limit.
    Field,
}

/// A key of a Secret or a ConfigMap.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct KeyReference {
    /// The object.
    pub name: String,
    /// The key.
    pub key: String,
    /// Whether the variable is left out when object or key do not exist.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub optional: bool,
}

/// A whole ConfigMap or Secret taken as environment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct EnvFromSource {
    /// Put in front of each key.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub prefix: String,
    /// The ConfigMap.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub config_map_ref: Option<ObjectReference>,
    /// The Secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret_ref: Option<ObjectReference>,
}

/// A reference to a ConfigMap or a Secret.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ObjectReference {
    /// The name.
    pub name: String,
    /// Whether the pod starts without it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub optional: bool,
}

impl EnvVar {
    /// Takes a variable of a process, and of its value what evidence may hold.
    pub fn of_process(name: &str, value: String) -> Self {
        Self { name: name.to_owned(), value: keep(name, value) }
    }

    /// The value, if it is one that evidence may hold and the specification says it as it is; the empty string for an empty one.
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            EnvValue::Shown(value) => (!self.has_references()).then_some(value),
            EnvValue::Empty => Some(""),
            _ => None,
        }
    }

    /// Whether the kubelet fills other variables into the value: `$(NAME)`.
    pub fn has_references(&self) -> bool {
        matches!(&self.value, EnvValue::Shown(value) if value.contains("$("))
    }
}

/// Whether a variable has anything to do with AWS credentials or proxies.
pub fn is_relevant(name: &str) -> bool {
    name.starts_with("AWS_") || SHOWN.contains(&name) || ADDRESSES.contains(&name)
}

/// Reads a list of variables and drops those that do not matter here.
pub(in crate::evidence) fn relevant<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<EnvVar>, D::Error> {
    let all = Option::<Vec<EnvVar>>::deserialize(deserializer)?.unwrap_or_default();
    Ok(all.into_iter().filter(|variable| is_relevant(&variable.name)).collect())
}

/// The form of the API, and of evidence files.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawVariable {
    name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    value: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    value_hidden: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    value_from: Option<RawValueFrom>,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct RawValueFrom {
    #[serde(skip_serializing_if = "Option::is_none")]
    secret_key_ref: Option<KeyReference>,
    #[serde(skip_serializing_if = "Option::is_none")]
    config_map_key_ref: Option<KeyReference>,
}

impl From<RawVariable> for EnvVar {
    fn from(raw: RawVariable) -> Self {
        let value = match raw.value_from {
            Some(RawValueFrom { secret_key_ref: Some(reference), .. }) => EnvValue::SecretKey(reference),
            Some(RawValueFrom { config_map_key_ref: Some(reference), .. }) => EnvValue::ConfigMapKey(reference),
            Some(_) => EnvValue::Field,
            None if raw.value_hidden => EnvValue::Hidden,
            None => keep(&raw.name, raw.value.unwrap_or_default()),
        };
        Self { name: raw.name, value }
    }
}

impl From<EnvVar> for RawVariable {
    fn from(variable: EnvVar) -> Self {
        let mut raw = Self { name: variable.name, value: None, value_hidden: false, value_from: None };
        match variable.value {
            EnvValue::Shown(value) => raw.value = Some(value),
            EnvValue::Empty => raw.value = Some(String::new()),
            EnvValue::Hidden => raw.value_hidden = true,
            EnvValue::SecretKey(reference) => {
                raw.value_from = Some(RawValueFrom { secret_key_ref: Some(reference), config_map_key_ref: None });
            }
            EnvValue::ConfigMapKey(reference) => {
                raw.value_from = Some(RawValueFrom { secret_key_ref: None, config_map_key_ref: Some(reference) });
            }
            EnvValue::Field => raw.value_from = Some(RawValueFrom::default()),
        }
        raw
    }
}

/// The value of a proxy variable, as far as evidence may hold it; none of any other.
pub fn proxy_setting(name: &str, value: &str) -> Option<String> {
    let kept = PROXY_SETTINGS.contains(&name).then(|| keep(name, value.to_owned()))?;
    match kept {
        EnvValue::Shown(value) => Some(value),
        _ => Some(String::new()),
    }
}

fn keep(name: &str, value: String) -> EnvValue {
    if value.is_empty() {
        EnvValue::Empty
    } else if ADDRESSES.contains(&name) {
        // Of an address that is nothing but a user there is nothing to show; it is not empty for that.
        Some(without_secrets(&value)).filter(|shown| !shown.is_empty()).map_or(EnvValue::Hidden, EnvValue::Shown)
    } else if SHOWN.contains(&name) {
        EnvValue::Shown(value)
    } else {
        EnvValue::Hidden
    }
}

/// The path that the webhook writes; any other path of a credentials address may itself be a secret.
const KNOWN_PATH: &str = "/v1/credentials";

/// Reduces an address to scheme, host and port; the agent's own path is kept, any other becomes `/…`.
pub fn without_secrets(address: &str) -> String {
    let (scheme, rest) = match address.split_once("://") {
        Some((scheme, rest)) => (format!("{scheme}://"), rest),
        None => (String::new(), address),
    };
    // A password may hold a slash: whatever stands before the last @ is no part of the place.
    let rest = rest.rsplit_once('@').map_or(rest, |(_, place)| place);
    let authority_end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (host, path) = rest.split_at(authority_end);
    let path = match path {
        "" | "/" => "",
        KNOWN_PATH => KNOWN_PATH,
        _ => "/…",
    };
    format!("{scheme}{host}{path}")
}
