//! The sources that can be seen in a container, before any SDK has chosen: what a reader compares the winner with.

use super::credential_source::CredentialSource;
use super::setting::{
    CONFIG_FILE, CREDENTIALS_FILE, DEFAULT_PROFILE, KEY_ID, METADATA_DISABLED, PROFILE, RELATIVE_URI, SECRET_KEY,
    Setting, Settings,
};
use crate::evidence::Gap;
use crate::evidence::kubernetes::pod_identity::{FULL_URI, ROLE_ARN, WEB_IDENTITY_TOKEN_FILE, is_agent_uri};

/// How much of a source is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SeenState {
    /// All that it needs.
    Set,
    /// One part of it; the other is missing or empty.
    Incomplete,
    /// Its variables are there, and empty.
    Empty,
    /// It cannot be told.
    Unknown(Gap),
    /// It needs nothing in the container: whether it answers is decided outside.
    Possible,
}

impl SeenState {
    /// The word in machine output.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Set => "set",
            Self::Incomplete => "incomplete",
            Self::Empty => "empty",
            Self::Unknown(_) => "unknown",
            Self::Possible => "possible",
        }
    }
}

/// A source that can be seen in a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenSource {
    /// The source.
    pub source: CredentialSource,
    /// How much of it is there.
    pub state: SeenState,
    /// What was seen: names of variables, and places of mounts.
    pub seen: Vec<String>,
}

/// Lists the sources that can be seen, in the order of the AWS SDKs and Tools Reference Guide.
pub fn sources(settings: &Settings) -> Vec<SeenSource> {
    let full = match settings.value(FULL_URI) {
        Ok(Some(uri)) if !uri.is_empty() && !is_agent_uri(uri) => CredentialSource::OtherAddress,
        _ => CredentialSource::PodIdentity,
    };
    let all = [
        pair(settings, CredentialSource::StaticKeys, KEY_ID, SECRET_KEY),
        pair(settings, CredentialSource::WebIdentity, ROLE_ARN, WEB_IDENTITY_TOKEN_FILE),
        profile(settings),
        single(settings, CredentialSource::Ecs, RELATIVE_URI),
        single(settings, full, FULL_URI),
        metadata(settings),
    ];
    all.into_iter().flatten().collect()
}

fn pair(settings: &Settings, source: CredentialSource, one: &str, other: &str) -> Option<SeenSource> {
    let names = [one, other];
    let seen: Vec<String> = names.into_iter().filter(|name| is_set(settings, name)).map(str::to_owned).collect();
    let emptied = names.into_iter().any(|name| settings.is_empty(name));
    let gap = names.into_iter().find_map(|name| gap(settings, name));
    let state = match (seen.len(), gap) {
        (2, _) => SeenState::Set,
        (_, Some(gap)) => SeenState::Unknown(gap),
        (1, None) => SeenState::Incomplete,
        (_, None) if emptied => SeenState::Empty,
        _ => return None,
    };
    Some(SeenSource { source, state, seen })
}

fn single(settings: &Settings, source: CredentialSource, name: &str) -> Option<SeenSource> {
    let state = match settings.setting(name) {
        Setting::Absent => return None,
        Setting::Empty => SeenState::Empty,
        Setting::Set { .. } => SeenState::Set,
        Setting::Unknown(gap) => SeenState::Unknown(gap.clone()),
    };
    Some(SeenSource { source, state, seen: vec![name.to_owned()] })
}

/// What a file holds is not read, so a profile is never more than possible.
fn profile(settings: &Settings) -> Option<SeenSource> {
    let names = [PROFILE, DEFAULT_PROFILE, CREDENTIALS_FILE, CONFIG_FILE];
    let set = names.into_iter().filter(|name| is_set(settings, name)).map(str::to_owned);
    let seen: Vec<String> = set.chain(settings.mounts().iter().cloned()).collect();
    let gap = names.into_iter().find_map(|name| gap(settings, name));
    let state = match gap {
        _ if !seen.is_empty() => SeenState::Possible,
        Some(gap) => SeenState::Unknown(gap),
        None if names.into_iter().any(|name| settings.is_empty(name)) => SeenState::Empty,
        None => return None,
    };
    Some(SeenSource { source: CredentialSource::Profile, state, seen })
}

fn metadata(settings: &Settings) -> Option<SeenSource> {
    let off = settings.value(METADATA_DISABLED).is_ok_and(|value| value == Some("true"));
    let source = CredentialSource::InstanceMetadata;
    (settings.has_metadata() && !off).then(|| SeenSource { source, state: SeenState::Possible, seen: Vec::new() })
}

fn is_set(settings: &Settings, name: &str) -> bool {
    matches!(settings.setting(name), Setting::Set { .. })
}

fn gap(settings: &Settings, name: &str) -> Option<Gap> {
    match settings.setting(name) {
        Setting::Unknown(gap) => Some(gap.clone()),
        _ => None,
    }
}
