//! Secrets that containers take environment from: the names of their keys, and nothing else.
//!
//! It is separate so that there is one type that a Secret is read into, which has no place for a value.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

/// The Secrets that the pod refers to, by name; `None` for one that does not exist.
pub type Secrets = BTreeMap<String, Option<SecretKeys>>;

/// A Secret, of which the names of its keys are kept.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SecretKeys {
    /// The key names.
    #[serde(deserialize_with = "names")]
    pub data: Vec<String>,
}

impl SecretKeys {
    /// Whether it holds a key.
    pub fn has(&self, key: &str) -> bool {
        self.data.iter().any(|name| name == key)
    }
}

/// Reads the map of the API and passes over its values, or the list of an evidence file.
fn names<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    deserializer.deserialize_any(Names)
}

struct Names;

impl<'de> Visitor<'de> for Names {
    type Value = Vec<String>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the data of a Secret, or a list of key names")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Vec::new())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut names = Vec::new();
        while let Some(name) = list.next_element()? {
            names.push(name);
        }
        Ok(names)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut data: A) -> Result<Self::Value, A::Error> {
        let mut names = Vec::new();
        while let Some((name, IgnoredAny)) = data.next_entry()? {
            names.push(name);
        }
        names.sort_unstable();
        Ok(names)
    }
}
