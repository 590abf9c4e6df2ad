//! The probe's own variables, which are those of the container's specification.

use crate::evidence::kubernetes::environment::{EnvVar, is_relevant};

/// How many variables are told.
const LIMIT: usize = 64;

/// The variables that matter, with the values of those that are no secret.
pub(super) fn own() -> Vec<EnvVar> {
    let mut found: Vec<EnvVar> = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.to_string_lossy().into_owned())))
        .filter(|(name, _)| is_relevant(name))
        .map(|(name, value)| EnvVar::of_process(&name, value))
        .collect();
    found.sort_by(|one, other| one.name.cmp(&other.name));
    found.truncate(LIMIT);
    found
}

/// A value that is set and not empty.
pub(super) fn value(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
