//! How one SDK goes through the sources, with its exceptions for halves and empty values.
//!
//! Each exception is a line of `measured.json`, and a test holds every line of that table against this file.

use super::chain::CredentialSource;
use super::sdk::{Sdk, Step};
use super::setting::{
    CONFIG_FILE, CREDENTIALS_FILE, DEFAULT_PROFILE, KEY_ID, METADATA_DISABLED, OLD_KEY_ID, OLD_SECRET_KEY, PROFILE,
    RELATIVE_URI, SECRET_KEY, Setting, Settings, TOKEN,
};
use crate::evidence::kubernetes::metadata::{FULL_URI, ROLE_ARN, TOKEN_FILE, WEB_IDENTITY_TOKEN_FILE, is_agent_uri};
use crate::evidence::{Gap, Source};

/// What an SDK ends up with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It takes this source.
    Takes {
        /// The source.
        source: CredentialSource,
        /// The token it sends; `None` where there is none to send, or it cannot be told.
        token: Option<Token>,
    },
    /// It ends with an error, for this reason, before it comes to any other source.
    Stops(String),
    /// There is no source left.
    Nothing,
}

/// Which token is sent to an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Token {
    /// What is in the file.
    File,
    /// The text of the variable.
    Variable,
    /// None.
    None,
}

impl Token {
    /// The word in machine output.
    pub fn word(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Variable => "variable",
            Self::None => "none",
        }
    }
}

/// Goes through the sources as an SDK does; a gap where something decides that is not known.
pub fn resolve(settings: &Settings, sdk: Sdk) -> Result<Outcome, Gap> {
    for step in sdk.order() {
        if let Some(outcome) = take(settings, sdk, *step)? {
            return Ok(outcome);
        }
    }
    Ok(Outcome::Nothing)
}

/// What an SDK does at one step, if it comes to it; `None` where it goes on to the next.
pub fn take(settings: &Settings, sdk: Sdk, step: Step) -> Result<Option<Outcome>, Gap> {
    match step {
        Step::NamedProfile => named_profile(settings, sdk),
        Step::Keys => keys(settings, sdk),
        Step::WebIdentity => web_identity(settings, sdk),
        Step::Profile => profile(settings, sdk),
        Step::Container => container(settings, sdk),
        Step::Metadata => metadata(settings, sdk),
    }
}

type Found = Result<Option<Outcome>, Gap>;

fn takes(source: CredentialSource) -> Outcome {
    Outcome::Takes { source, token: None }
}

fn stops(reason: impl Into<String>) -> Outcome {
    Outcome::Stops(reason.into())
}

/// An oddity whose treatment was neither measured nor read.
fn not_measured(what: &str) -> Gap {
    Gap::undecidable(Source::Pod, format!("what it does with {what} was not measured"))
}

/// A profile that is named and does not exist stops these SDKs, whatever else is there.
fn named_profile(settings: &Settings, sdk: Sdk) -> Found {
    let names: &[&str] = if sdk == Sdk::Boto3 { &[PROFILE, DEFAULT_PROFILE] } else { &[PROFILE] };
    for name in names {
        if settings.is_set(name)? {
            let what = "the files of profiles are not read, and without that profile it stops";
            return Err(Gap::undecidable(Source::Pod, format!("{name} names a profile; {what}")));
        }
    }
    match names.iter().find(|name| settings.is_empty(name)) {
        Some(name) if sdk == Sdk::Boto3 => Ok(Some(stops(format!("{name} is empty, and no profile has that name")))),
        Some(name) if !sdk.is_measured() => Err(not_measured(&format!("an empty {name}"))),
        _ => Ok(None),
    }
}

fn keys(settings: &Settings, sdk: Sdk) -> Found {
    if sdk == Sdk::JavaScript && settings.is_set(PROFILE)? {
        // It takes the named profile instead of the keys.
        return Ok(None);
    }
    let half = |name, old| match settings.is_set(name) {
        Ok(false) if sdk == Sdk::Go => settings.is_set(old),
        other => other,
    };
    let (id, secret) = (half(KEY_ID, OLD_KEY_ID), half(SECRET_KEY, OLD_SECRET_KEY));
    let passes_over = match sdk {
        Sdk::Boto3 => id == Ok(false),
        _ => id == Ok(false) || secret == Ok(false),
    };
    if sdk.is_measured() && passes_over {
        return Ok(None);
    }
    match (id?, secret?) {
        (true, true) => Ok(Some(takes(CredentialSource::StaticKeys))),
        (false, false) => Ok(None),
        (true, false) if sdk == Sdk::Boto3 => Ok(Some(stops(format!("{KEY_ID} is set without {SECRET_KEY}")))),
        _ => Err(not_measured("one half of a pair of access keys")),
    }
}

fn web_identity(settings: &Settings, sdk: Sdk) -> Found {
    let is_there = |name| settings.is_there(name);
    let role = if matches!(sdk, Sdk::Java | Sdk::Rust) { is_there(ROLE_ARN) } else { settings.is_set(ROLE_ARN) };
    let file = WEB_IDENTITY_TOKEN_FILE;
    let token = if sdk == Sdk::Rust { is_there(file) } else { settings.is_set(file) };
    let stops_at_half = matches!(sdk, Sdk::Boto3 | Sdk::Go);
    if token == Ok(false) || role == Ok(false) && sdk.is_measured() && !stops_at_half {
        return Ok(None);
    }
    match (token?, role?) {
        (true, true) if settings.is_empty(file) => Ok(Some(stops(format!("{file} is empty")))),
        (true, true) => Ok(Some(takes(CredentialSource::WebIdentity))),
        (true, false) if stops_at_half => Ok(Some(stops(format!("{file} is set without {ROLE_ARN}")))),
        (true, false) => Err(not_measured(&format!("{file} alone"))),
        (false, _) => Ok(None),
    }
}

/// What a file of profiles holds is never seen, so one that plays a part makes the winner unknown.
fn profile(settings: &Settings, sdk: Sdk) -> Found {
    let reads_default = matches!(sdk, Sdk::Boto3 | Sdk::Go);
    let names = [PROFILE, DEFAULT_PROFILE, CREDENTIALS_FILE, CONFIG_FILE];
    for name in names.into_iter().filter(|name| *name != DEFAULT_PROFILE || reads_default) {
        if settings.is_set(name)? {
            let what = format!("{name} sends SDKs to files of profiles, which are not read");
            return Err(Gap::undecidable(Source::Pod, what));
        }
    }
    match settings.mounts().first() {
        Some(path) => {
            let what = format!("a volume is mounted at {path}, and files of profiles are not read");
            Err(Gap::undecidable(Source::Pod, what))
        }
        None => Ok(None),
    }
}

fn container(settings: &Settings, sdk: Sdk) -> Found {
    let empty = |name: &str| format!("{name} is empty");
    if settings.is_set(RELATIVE_URI)? {
        return with_token(settings, sdk, CredentialSource::Ecs);
    }
    if settings.is_empty(RELATIVE_URI) {
        match sdk {
            Sdk::Boto3 | Sdk::Java => return with_token(settings, sdk, CredentialSource::Ecs),
            Sdk::Rust => return Ok(Some(stops(empty(RELATIVE_URI)))),
            Sdk::Go | Sdk::JavaScript => {}
            _ => return Err(not_measured(&format!("an empty {RELATIVE_URI}"))),
        }
    }
    match (settings.value(FULL_URI)?, sdk) {
        (None, _) | (Some(""), Sdk::Go | Sdk::Java | Sdk::JavaScript) => Ok(None),
        (Some(""), Sdk::Boto3 | Sdk::Rust) => Ok(Some(stops(empty(FULL_URI)))),
        (Some(""), _) => Err(not_measured(&format!("an empty {FULL_URI}"))),
        (Some(uri), _) if is_agent_uri(uri) => with_token(settings, sdk, CredentialSource::PodIdentity),
        (Some(_), _) => with_token(settings, sdk, CredentialSource::OtherAddress),
    }
}

/// Adds the token that is sent; an empty name of a file stops some.
fn with_token(settings: &Settings, sdk: Sdk, source: CredentialSource) -> Found {
    let (file, text) = (settings.setting(TOKEN_FILE), settings.setting(TOKEN));
    let token = match (sdk, file, text) {
        (Sdk::Java, _, Setting::Set { .. }) => Some(Token::Variable),
        (Sdk::Java, _, Setting::Empty) => Some(Token::None),
        (Sdk::Java, _, Setting::Unknown(_)) => None,
        (_, Setting::Set { .. }, _) => Some(Token::File),
        // The file cannot be read, which Java takes for a source that has nothing.
        (Sdk::Java, Setting::Empty, _) => return Ok(None),
        (Sdk::Boto3 | Sdk::Rust, Setting::Empty, _) => return Ok(Some(stops(format!("{TOKEN_FILE} is empty")))),
        (_, Setting::Empty, _) if !sdk.is_measured() => {
            return Err(not_measured(&format!("an empty {TOKEN_FILE}")));
        }
        (_, Setting::Absent | Setting::Empty, Setting::Set { .. }) => Some(Token::Variable),
        (_, Setting::Absent | Setting::Empty, Setting::Absent | Setting::Empty) => Some(Token::None),
        _ => None,
    };
    Ok(Some(Outcome::Takes { source, token }))
}

fn metadata(settings: &Settings, sdk: Sdk) -> Found {
    if !settings.has_metadata() {
        return Ok(None);
    }
    let disabled = settings.value(METADATA_DISABLED)?.is_some_and(|value| match sdk {
        Sdk::Java => !value.eq_ignore_ascii_case("false"),
        Sdk::JavaScript => !value.is_empty() && value != "false",
        _ => value.eq_ignore_ascii_case("true"),
    });
    Ok((!disabled).then(|| takes(CredentialSource::InstanceMetadata)))
}

/// What an SDK does when the address it asks for credentials refuses; `None` where that was not measured.
///
/// Java goes on to the next source, so a fault of Pod Identity becomes the role of the node without a word.
pub fn if_refused(settings: &Settings, sdk: Sdk) -> Option<Outcome> {
    match sdk {
        Sdk::Java => Some(metadata(settings, sdk).ok()?.unwrap_or(Outcome::Nothing)),
        _ if sdk.is_measured() => Some(Outcome::Stops("the address refused".to_owned())),
        _ => None,
    }
}
