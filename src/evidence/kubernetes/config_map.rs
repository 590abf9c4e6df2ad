//! ConfigMaps that containers take environment from: key names, and values of proxy settings only.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::evidence::kubernetes::environment::{is_relevant, proxy_setting};

/// The ConfigMaps that the pod refers to, by name; `None` for one that does not exist.
pub type ConfigMaps = BTreeMap<String, Option<ConfigMap>>;

/// A ConfigMap, of which the names of its keys are kept, and values only under the names of proxy variables.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "RawConfigMap")]
pub struct ConfigMap {
    /// The key names.
    pub data: Vec<String>,
    /// Those of the keys that hold nothing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub empty: Vec<String>,
    /// Values of proxy variables: scheme, host and port of a proxy, and what is asked without one.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub proxies: BTreeMap<String, String>,
}

/// The form of the API, and of evidence files.
#[derive(Default, Deserialize)]
#[serde(default)]
struct RawConfigMap {
    data: Value,
    empty: Vec<String>,
    proxies: BTreeMap<String, String>,
}

impl From<RawConfigMap> for ConfigMap {
    /// Reads a map and keeps its keys, or the list of keys that an evidence file has.
    fn from(raw: RawConfigMap) -> Self {
        let of_map = |data: &serde_json::Map<String, Value>| {
            let text = data.iter().filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())));
            text.collect::<BTreeMap<String, String>>()
        };
        let (data, empty, values) = match &raw.data {
            Value::Object(entries) => {
                let values = of_map(entries);
                let empty = values.iter().filter(|(_, value)| value.is_empty()).map(|(key, _)| key.clone()).collect();
                (entries.keys().cloned().collect(), empty, values)
            }
            Value::Array(names) => {
                (names.iter().filter_map(Value::as_str).map(str::to_owned).collect(), raw.empty, raw.proxies)
            }
            _ => (Vec::new(), Vec::new(), BTreeMap::new()),
        };
        let kept = values.into_iter().filter_map(|(key, value)| proxy_setting(&key, &value).map(|value| (key, value)));
        Self { data, empty, proxies: kept.collect() }
    }
}

impl ConfigMap {
    /// What it holds under a key.
    pub fn holds(&self, key: &str) -> Holding {
        Holding::of(key, &self.data, &self.empty)
    }
}

/// What a ConfigMap or a Secret holds under a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holding {
    /// It has no such key.
    Nothing,
    /// The key is there, with nothing in it; charts write that.
    Empty,
    /// Something.
    Something,
}

impl Holding {
    /// Looks a key up among the names of keys, and among those that hold nothing.
    pub fn of(key: &str, names: &[String], empty: &[String]) -> Self {
        let among = |names: &[String]| names.iter().any(|name| name == key);
        match (among(names), among(empty)) {
            (false, _) => Self::Nothing,
            (true, true) => Self::Empty,
            (true, false) => Self::Something,
        }
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
