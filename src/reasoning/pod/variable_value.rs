//! The value of a variable of a container, where evidence may hold it: only names, addresses and switches are ever kept.
//!
//! It is separate from the question whether a variable is there, because of most variables only that is known.

use crate::evidence::kubernetes::config_map::Holding;
use crate::evidence::kubernetes::environment::{EnvValue, EnvVar};
use crate::evidence::{Container, Evidence, Gap, GapReason, Source};

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
