//! ConfigMaps that containers take environment from: key names, and values of proxy settings only.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::environment::{is_relevant, proxy_setting};

/// The ConfigMaps that the pod refers to, by name; `None` for one that does not exist.
pub type ConfigMaps = BTreeMap<String, Option<ConfigMap>>;

/// A ConfigMap, of which the names of its keys are kept, and values only under the names of proxy variables.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "RawConfigMap")]
pub struct ConfigMap {
    /// The key names.
    pub data: Vec<String>,
    /// Values of proxy variables: scheme, host and port of a proxy, and what is asked without one.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub proxies: BTreeMap<String, String>,
}

/// The form of the API, and of evidence files.
#[derive(Default, Deserialize)]
#[serde(default)]
struct RawConfigMap {
    data: Value,
    proxies: BTreeMap<String, String>,
}

impl From<RawConfigMap> for ConfigMap {
    /// Reads a map and keeps its keys, or the list of keys that an evidence file has.
    fn from(raw: RawConfigMap) -> Self {
        let of_map = |data: &serde_json::Map<String, Value>| {
            let text = data.iter().filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())));
            text.collect::<BTreeMap<String, String>>()
        };
        let (data, values) = match &raw.data {
            Value::Object(entries) => (entries.keys().cloned().collect(), of_map(entries)),
            Value::Array(names) => (names.iter().filter_map(Value::as_str).map(str::to_owned).collect(), raw.proxies),
            _ => (Vec::new(), BTreeMap::new()),
        };
        let kept = values.into_iter().filter_map(|(key, value)| proxy_setting(&key, &value).map(|value| (key, value)));
        Self { data, proxies: kept.collect() }
    }
}

impl ConfigMap {
    /// Whether it holds a key.
    pub fn has(&self, key: &str) -> bool {
        self.data.iter().any(|name| name == key)
    }
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
