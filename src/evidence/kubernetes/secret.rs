//! Secrets and config maps: the names of their keys, never their values.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::evidence::kubernetes::environment::proxy_setting;

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

/// The Secrets that the pod refers to, by name; `None` for one that does not exist.
pub type Secrets = BTreeMap<String, Option<SecretKeys>>;

/// A Secret, of which the names of its keys are kept, and which of them hold nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "RawSecret")]
pub struct SecretKeys {
    /// The key names.
    pub data: Vec<String>,
    /// Those of the keys that hold nothing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub empty: Vec<String>,
}

/// The form of the API, and of evidence files.
#[derive(Default, Deserialize)]
#[serde(default)]
struct RawSecret {
    #[serde(deserialize_with = "keys")]
    data: Keys,
    empty: Vec<String>,
}

/// The names of all keys, and of those that hold nothing.
#[derive(Default)]
struct Keys {
    names: Vec<String>,
    empty: Vec<String>,
}

impl From<RawSecret> for SecretKeys {
    fn from(raw: RawSecret) -> Self {
        let empty = if raw.data.empty.is_empty() { raw.empty } else { raw.data.empty };
        Self { data: raw.data.names, empty }
    }
}

impl SecretKeys {
    /// What it holds under a key.
    pub fn holds(&self, key: &str) -> Holding {
        Holding::of(key, &self.data, &self.empty)
    }
}

/// Reads the map of the API and passes over its values, or the list of an evidence file.
fn keys<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Keys, D::Error> {
    deserializer.deserialize_any(Names)
}

/// A value, of which only is kept whether it is empty.
struct IsEmpty(bool);

impl<'de> Deserialize<'de> for IsEmpty {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Length;
        impl Visitor<'_> for Length {
            type Value = IsEmpty;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a value in base64")
            }

            fn visit_str<E>(self, text: &str) -> Result<IsEmpty, E> {
                Ok(IsEmpty(text.is_empty()))
            }

            fn visit_unit<E>(self) -> Result<IsEmpty, E> {
                Ok(IsEmpty(true))
            }
        }
        deserializer.deserialize_any(Length)
    }
}

struct Names;

impl<'de> Visitor<'de> for Names {
    type Value = Keys;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the data of a Secret, or a list of key names")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Keys::default())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut keys = Keys::default();
        while let Some(name) = list.next_element()? {
            keys.names.push(name);
        }
        Ok(keys)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut data: A) -> Result<Self::Value, A::Error> {
        let mut keys = Keys::default();
        while let Some((name, IsEmpty(is_empty))) = data.next_entry::<String, IsEmpty>()? {
            keys.empty.extend(is_empty.then(|| name.clone()));
            keys.names.push(name);
        }
        keys.names.sort_unstable();
        keys.empty.sort_unstable();
        Ok(keys)
    }
}
