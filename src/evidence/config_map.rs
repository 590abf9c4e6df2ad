//! ConfigMaps that containers take environment from: key names only, no values.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::environment::is_relevant;

/// The ConfigMaps that the pod refers to, by name; `None` for one that does not exist.
pub type ConfigMaps = BTreeMap<String, Option<ConfigMap>>;

/// A ConfigMap, of which only the names of its keys are kept.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfigMap {
    /// The key names.
    #[serde(default, deserialize_with = "key_names")]
    pub data: Vec<String>,
}

impl ConfigMap {
    /// Whether it holds a key.
    pub fn has(&self, key: &str) -> bool {
        self.data.iter().any(|name| name == key)
    }
}

/// Reads a map and keeps its keys, or the list of keys that an evidence file has.
fn key_names<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::Object(entries) => entries.into_iter().map(|(key, _)| key).collect(),
        Value::Array(names) => names.into_iter().filter_map(|name| name.as_str().map(str::to_owned)).collect(),
        _ => Vec::new(),
    })
}

/// Whether a key with a prefix in front becomes a variable that matters here.
pub fn becomes_relevant(prefix: &str, key: &str) -> bool {
    is_relevant(&format!("{prefix}{key}"))
}

/// The ConfigMap `kube-root-ca.crt`, which holds what the API server is signed with.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RootCertificates {
    /// Its data.
    pub data: RootCertificatesData,
}

/// The one key of `kube-root-ca.crt`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RootCertificatesData {
    /// Certificates, PEM.
    #[serde(rename = "ca.crt", default)]
    pub certificates: String,
}
