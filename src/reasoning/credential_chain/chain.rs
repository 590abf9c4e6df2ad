//! The chain of credential sources in a container, and what was seen of each.

use super::rules::{self, Outcome};
use super::sdk::{self, Sdk};
use super::setting::{
    CONFIG_FILE, CREDENTIALS_FILE, DEFAULT_PROFILE, KEY_ID, METADATA_DISABLED, PROFILE, RELATIVE_URI, SECRET_KEY,
    Setting, Settings,
};
use crate::evidence::kubernetes::metadata::{FULL_URI, ROLE_ARN, WEB_IDENTITY_TOKEN_FILE, is_agent_uri};
use crate::evidence::{Container, Evidence, Gap};

/// The sources of credentials of one container, and the winner for each SDK.
#[derive(Debug, Clone, PartialEq)]
pub struct CredentialChain {
    /// The sources that can be seen, the one that most SDKs take first at the front.
    pub sources: Vec<SeenSource>,
    /// What each SDK takes.
    pub winners: Vec<Winner>,
}

/// What one SDK takes.
#[derive(Debug, Clone, PartialEq)]
pub struct Winner {
    /// The SDK.
    pub sdk: Sdk,
    /// What it ends up with; a gap where something decides that is not known.
    pub outcome: Result<Outcome, Gap>,
    /// What follows where the address that it asks refuses; `None` where it asks none, or where that was not measured.
    pub if_refused: Option<Outcome>,
    /// The package and version with which exactly this situation was seen to end so.
    pub measured: Option<String>,
}

impl Evidence {
    /// The sources of credentials of a container, and the winner for each SDK.
    pub fn credential_chain(&self, container: &Container<'_>) -> CredentialChain {
        let settings = Settings::of(self, container);
        let situation = settings.situation();
        let winner = |sdk| {
            let outcome = rules::resolve(&settings, sdk);
            let asks = matches!(&outcome, Ok(Outcome::Takes { source, .. }) if source.takes_token());
            let was_measured = situation.as_ref().filter(|_| outcome.is_ok());
            Winner {
                sdk,
                if_refused: asks.then(|| rules::if_refused(&settings, sdk)).flatten(),
                measured: was_measured.and_then(|situation| sdk::package(situation, sdk)),
                outcome,
            }
        };
        CredentialChain { sources: sources(&settings), winners: Sdk::ALL.map(winner).to_vec() }
    }
}

/// A place where an SDK can find credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CredentialSource {
    /// Access keys in the environment.
    StaticKeys,
    /// The variables of IRSA, exchanged at STS.
    WebIdentity,
    /// A profile in a shared file: keys, a role, a process.
    Profile,
    /// The address of ECS, 169.254.170.2, with the path of a variable behind it.
    Ecs,
    /// The agent of EKS Pod Identity.
    PodIdentity,
    /// Another address than the agent's in the variable of Pod Identity.
    OtherAddress,
    /// The role of the node, from its metadata service.
    InstanceMetadata,
}

impl CredentialSource {
    /// The word in machine output.
    pub fn word(self) -> &'static str {
        match self {
            Self::StaticKeys => "staticKeys",
            Self::WebIdentity => "webIdentity",
            Self::Profile => "profile",
            Self::Ecs => "ecs",
            Self::PodIdentity => "podIdentity",
            Self::OtherAddress => "otherAddress",
            Self::InstanceMetadata => "instanceMetadata",
        }
    }

    /// The words of the human report, behind "takes".
    pub fn phrase(self) -> &'static str {
        match self {
            Self::StaticKeys => "the access keys in the environment",
            Self::WebIdentity => "web identity (IRSA)",
            Self::Profile => "the profile",
            Self::Ecs => "the address of ECS, where nobody answers on EKS",
            Self::PodIdentity => "Pod Identity",
            Self::OtherAddress => "the address in AWS_CONTAINER_CREDENTIALS_FULL_URI, which is not the agent",
            Self::InstanceMetadata => "the role of the node",
        }
    }

    /// Whether it is asked over the variables of containers, with a token.
    pub fn takes_token(self) -> bool {
        matches!(self, Self::Ecs | Self::PodIdentity | Self::OtherAddress)
    }
}

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
