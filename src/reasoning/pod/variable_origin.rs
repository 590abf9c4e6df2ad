//! Where a container's variable comes from, and its value.
//!
//! Source: `makeEnvironmentVariables` in the kubelet (`pkg/kubelet/kubelet_pods.go`).

use crate::evidence::kubernetes::environment::{EnvFromSource, EnvValue, EnvVar, KeyReference};
use crate::evidence::kubernetes::secret::Holding;
use crate::evidence::{Container, Evidence, Gap, GapReason, Reading, Source};

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
    /// A key of an object that is taken as a whole.
    EnvFrom {
        /// The kind of the object.
        kind: Holder,
        /// The object.
        name: String,
        /// The key.
        key: String,
    },
}

/// A kind of object that holds variables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holder {
    /// A `ConfigMap`.
    ConfigMap,
    /// A Secret.
    Secret,
}

impl Holder {
    /// The kind, as Kubernetes spells it.
    pub fn word(self) -> &'static str {
        match self {
            Self::ConfigMap => "ConfigMap",
            Self::Secret => "Secret",
        }
    }
}

impl Origin {
    /// The source that told of it.
    pub fn source(&self) -> Source {
        match self {
            Self::Env(_) => Source::Pod,
            Self::EnvFrom { kind: Holder::ConfigMap, .. } => Source::ConfigMaps,
            Self::EnvFrom { kind: Holder::Secret, .. } => Source::Secrets,
        }
    }
}

impl std::fmt::Display for Origin {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Env(words) => formatter.write_str(words),
            Self::EnvFrom { kind, name, key } => write!(formatter, "envFrom, key {key} of {} {name}", kind.word()),
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
            // Without `optional` the container would not have started without it; it may still be empty.
            EnvValue::SecretKey(key) if !key.optional => match self.secret_holds(&key.name, &key.key) {
                Ok(Holding::Empty) => Some(Presence::Absent),
                _ => set(key_words("Secret", key)),
            },
            EnvValue::ConfigMapKey(key) if !key.optional => match self.config_map_holds(&key.name, &key.key) {
                Ok(Holding::Empty) => Some(Presence::Absent),
                _ => set(key_words("ConfigMap", key)),
            },
            EnvValue::SecretKey(key) => presence_of_key("Secret", key, self.secret_holds(&key.name, &key.key)),
            EnvValue::ConfigMapKey(key) => {
                presence_of_key("ConfigMap", key, self.config_map_holds(&key.name, &key.key))
            }
        }
    }

    /// Of several objects with the key, the last one counts.
    fn presence_in_env_from(&self, sources: &[EnvFromSource], name: &str) -> Presence {
        let mut unknown: Option<Gap> = None;
        for source in sources.iter().rev() {
            let Some(key) = name.strip_prefix(source.prefix.as_str()) else { continue };
            let (kind, holder, has) = if let Some(config_map) = &source.config_map_ref {
                (Holder::ConfigMap, config_map, self.config_map_holds(&config_map.name, key))
            } else if let Some(secret) = &source.secret_ref {
                (Holder::Secret, secret, self.secret_holds(&secret.name, key))
            } else {
                continue;
            };
            match has {
                Ok(Holding::Something) => {
                    let (name, key) = (holder.name.clone(), key.to_owned());
                    return Presence::Set(Origin::EnvFrom { kind, name, key });
                }
                Ok(Holding::Empty) => return unknown.map_or(Presence::Absent, Presence::Unknown),
                Ok(Holding::Nothing) => {}
                Err(gap) => unknown = Some(more_useful(unknown, gap)),
            }
        }
        unknown.map_or(Presence::Absent, Presence::Unknown)
    }

    fn config_map_holds(&self, name: &str, key: &str) -> Result<Holding, Gap> {
        match self.config_maps.get()?.get(name) {
            Some(Some(config_map)) => Ok(config_map.holds(key)),
            Some(None) => Ok(Holding::Nothing),
            None => {
                Err(Gap::new(Source::ConfigMaps, GapReason::Insufficient, format!("ConfigMap {name} was not read")))
            }
        }
    }

    /// What a Secret holds under the key that becomes a variable.
    pub(super) fn secret_holds(&self, name: &str, key: &str) -> Result<Holding, Gap> {
        match &self.secrets {
            Reading::Known(secrets) => match secrets.get(name) {
                Some(Some(secret)) => Ok(secret.holds(key)),
                Some(None) => Ok(Holding::Nothing),
                None => Err(Gap::new(Source::Secrets, GapReason::Insufficient, format!("Secret {name} was not read"))),
            },
            Reading::Unavailable(gap) if gap.reason == GapReason::NotRequested => Err(not_inspected(name)),
            Reading::Unavailable(gap) => Err(gap.clone()),
        }
    }
}

/// Of two gaps, the one that a permission could settle.
fn more_useful(one: Option<Gap>, other: Gap) -> Gap {
    one.filter(|gap| gap.reason != GapReason::Undecidable).unwrap_or(other)
}

/// Of an optional reference to a key; `None` where it leads to nothing.
fn presence_of_key(kind: &str, reference: &KeyReference, has: Result<Holding, Gap>) -> Option<Presence> {
    match has {
        Ok(Holding::Empty) => Some(Presence::Absent),
        Ok(Holding::Something) => Some(Presence::Set(Origin::Env(key_words(kind, reference)))),
        Ok(Holding::Nothing) => None,
        Err(gap) => Some(Presence::Unknown(gap)),
    }
}

fn key_words(kind: &str, reference: &KeyReference) -> String {
    format!("env, from key {} of {kind} {}", reference.key, reference.name)
}

/// The same words whichever variable is asked about, so that a report says them once for all checks.
fn not_inspected(secret: &str) -> Gap {
    let detail = format!("Secret {secret} is not read; --inspect-secrets reads the names of its keys");
    Gap::undecidable(Source::Pod, detail)
}

impl Evidence {
    /// The value that the process sees; `None` where it sees none, or an empty one.
    ///
    /// The last entry of `env` counts, else the last of `envFrom`. An optional reference to nothing is passed over.
    pub fn value_of(&self, container: &Container<'_>, name: &str) -> Result<Option<String>, Gap> {
        for variable in container.env.iter().rev().filter(|variable| variable.name == name) {
            if let Some(value) = self.value_of_entry(variable)? {
                return Ok(Some(value).filter(|value| !value.is_empty()));
            }
        }
        for source in container.env_from.iter().rev() {
            let Some(key) = name.strip_prefix(source.prefix.as_str()) else { continue };
            if let Some(map) = &source.config_map_ref
                && let Some(value) = self.value_in_config_map(&map.name, key)?
            {
                return Ok(Some(value).filter(|value| !value.is_empty()));
            } else if let Some(secret) = &source.secret_ref {
                match self.secret_holds(&secret.name, key)? {
                    Holding::Nothing => {}
                    Holding::Empty => return Ok(None),
                    Holding::Something => return Err(secret_value(key, &secret.name)),
                }
            }
        }
        Ok(None)
    }

    /// The value of one entry; `None` where it refers to nothing.
    fn value_of_entry(&self, variable: &EnvVar) -> Result<Option<String>, Gap> {
        match &variable.value {
            EnvValue::Shown(value) => Ok(Some(value.clone())),
            EnvValue::Empty => Ok(Some(String::new())),
            EnvValue::ConfigMapKey(key) => self.value_in_config_map(&key.name, &key.key),
            EnvValue::SecretKey(key) => match self.secret_holds(&key.name, &key.key) {
                Ok(Holding::Empty) => Ok(Some(String::new())),
                Ok(Holding::Nothing) if key.optional => Ok(None),
                Err(gap) if key.optional => Err(gap),
                // Without `optional` the container would not have started without it.
                _ => Err(secret_value(&key.key, &key.name)),
            },
            EnvValue::Hidden | EnvValue::Field => Err(Gap::undecidable(
                Source::Pod,
                format!("the value of {} is not in the specification", variable.name),
            )),
        }
    }

    fn value_in_config_map(&self, name: &str, key: &str) -> Result<Option<String>, Gap> {
        let maps = self.config_maps.get()?;
        let not_read =
            || Gap::new(Source::ConfigMaps, GapReason::Insufficient, format!("ConfigMap {name} was not read"));
        let Some(map) = maps.get(name).ok_or_else(not_read)?.as_ref().filter(|map| map.holds(key) != Holding::Nothing)
        else {
            return Ok(None);
        };
        let not_kept =
            || Gap::undecidable(Source::ConfigMaps, format!("the value of key {key} of ConfigMap {name} is not kept"));
        map.proxies.get(key).cloned().map(Some).ok_or_else(not_kept)
    }
}

fn secret_value(key: &str, secret: &str) -> Gap {
    Gap::undecidable(Source::Pod, format!("the value of key {key} of Secret {secret} is never read"))
}
