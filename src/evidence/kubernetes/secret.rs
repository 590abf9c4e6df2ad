//! Secrets that containers take environment from: the names of their keys, and nothing else.
//!
//! It is separate so that there is one type that a Secret is read into, which has no place for a value.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::evidence::kubernetes::config_map::Holding;

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
