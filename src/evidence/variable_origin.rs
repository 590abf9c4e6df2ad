//! Whether a container has a variable, and where it comes from, as the kubelet puts an environment together.
//!
//! It is separate because a variable has three states here, not two: a Secret is never read, so a variable that only a
//! Secret could bring is unknown. Source: `makeEnvironmentVariables` in the kubelet (`pkg/kubelet/kubelet_pods.go`).

use super::environment::{EnvFromSource, EnvValue, EnvVar, KeyReference};
use super::{Container, Evidence, Gap, GapReason, Source};

/// Whether a container has a variable with a value in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Presence {
    /// It has none, or an empty one: SDKs read both the same.
    Absent,
    /// It has one.
    Set(Origin),
    /// It cannot be told.
    Unknown(Gap),
}

/// Where a variable comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// An entry of `env`; from where in words.
    Env(String),
    /// A key of a `ConfigMap` that is taken as a whole.
    EnvFrom {
        /// The `ConfigMap`.
        config_map: String,
        /// The key.
        key: String,
    },
}

impl std::fmt::Display for Origin {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Env(words) => formatter.write_str(words),
            Self::EnvFrom { config_map, key } => write!(formatter, "envFrom, key {key} of ConfigMap {config_map}"),
        }
    }
}

impl Evidence {
    /// Finds out whether a container has a variable: the last entry of `env` that counts, else what `envFrom` brings.
    pub fn presence(&self, container: &Container<'_>, name: &str) -> Presence {
        let mut open = None;
        for variable in container.env.iter().rev().filter(|variable| variable.name == name) {
            match self.presence_of_entry(variable) {
                // An optional reference to nothing is passed over: what stands before it is seen then.
                None => {}
                Some(Presence::Unknown(gap)) => open = Some(more_useful(open, gap)),
                Some(Presence::Absent) => return open.map_or(Presence::Absent, Presence::Unknown),
                Some(set) => return set,
            }
        }
        match (self.presence_in_env_from(&container.env_from, name), open) {
            (Presence::Absent, Some(gap)) => Presence::Unknown(gap),
            (Presence::Unknown(gap), open) => Presence::Unknown(more_useful(open, gap)),
            (found, _) => found,
        }
    }

    fn presence_of_entry(&self, variable: &EnvVar) -> Option<Presence> {
        let set = |words: String| Some(Presence::Set(Origin::Env(words)));
        match &variable.value {
            EnvValue::Empty => Some(Presence::Absent),
            EnvValue::Shown(_) | EnvValue::Hidden => set("env".to_owned()),
            EnvValue::Field => set("env, from a field of the pod".to_owned()),
            // Without `optional` the container would not have started without it.
            EnvValue::SecretKey(key) if !key.optional => set(key_words("Secret", key)),
            EnvValue::ConfigMapKey(key) if !key.optional => set(key_words("ConfigMap", key)),
            EnvValue::SecretKey(key) => Some(Presence::Unknown(secret_gap(&variable.name, &key.name))),
            EnvValue::ConfigMapKey(key) => match self.config_map_has(&key.name, &key.key) {
                Ok(true) => set(key_words("ConfigMap", key)),
                Ok(false) => None,
                Err(gap) => Some(Presence::Unknown(gap)),
            },
        }
    }

    fn presence_in_env_from(&self, sources: &[EnvFromSource], name: &str) -> Presence {
        let mut unknown: Option<Gap> = None;
        for source in sources {
            let Some(key) = name.strip_prefix(source.prefix.as_str()) else { continue };
            let gap = if let Some(config_map) = &source.config_map_ref {
                match self.config_map_has(&config_map.name, key) {
                    Ok(true) => {
                        let config_map = config_map.name.clone();
                        return Presence::Set(Origin::EnvFrom { config_map, key: key.to_owned() });
                    }
                    Ok(false) => continue,
                    Err(gap) => gap,
                }
            } else if let Some(secret) = &source.secret_ref {
                secret_gap(name, &secret.name)
            } else {
                continue;
            };
            unknown = Some(more_useful(unknown, gap));
        }
        unknown.map_or(Presence::Absent, Presence::Unknown)
    }

    fn config_map_has(&self, name: &str, key: &str) -> Result<bool, Gap> {
        match self.config_maps.get()?.get(name) {
            Some(Some(config_map)) => Ok(config_map.has(key)),
            Some(None) => Ok(false),
            None => {
                Err(Gap::new(Source::ConfigMaps, GapReason::Insufficient, format!("ConfigMap {name} was not read")))
            }
        }
    }
}

/// Of two gaps, the one that a permission could settle.
fn more_useful(one: Option<Gap>, other: Gap) -> Gap {
    one.filter(|gap| gap.reason != GapReason::Undecidable).unwrap_or(other)
}

fn key_words(kind: &str, reference: &KeyReference) -> String {
    format!("env, from key {} of {kind} {}", reference.key, reference.name)
}

pub(super) fn secret_gap(variable: &str, secret: &str) -> Gap {
    Gap::undecidable(Source::Pod, format!("Secret {secret} may bring {variable}, and Secrets are not read"))
}
