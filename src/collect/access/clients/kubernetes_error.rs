//! What a call to the Kubernetes API can come to instead of an object.

use std::time::Duration;

use serde::Deserialize;

use super::connect_failure::ConnectFailure;

/// Why a call to the Kubernetes API gave no object.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KubernetesError {
    /// The API server answered with a `Status` object of its own.
    #[error("{}", .0.message)]
    Status(Box<ApiStatus>),
    /// Something answered with an HTTP error that is no `Status`: a proxy, a load balancer, a login page.
    #[error("HTTP {code} without a Kubernetes status: something in front of the API server answered")]
    Foreign {
        /// The HTTP status code.
        code: u16,
        /// The answer's media type.
        content_type: Option<String>,
    },
    /// The answer is not the JSON that was asked for. Its text is not kept: it may hold anything.
    #[error("the answer is not what was asked for: {detail}")]
    Malformed {
        /// Where and how reading it failed.
        detail: String,
    },
    /// The answer is longer than a reader can be asked to hold.
    #[error("the answer is longer than {}", size(*.limit))]
    TooLarge {
        /// The greatest length read, in bytes.
        limit: usize,
    },
    /// No answer came in time.
    #[error("{}", late(*.after))]
    TimedOut {
        /// How long it was waited for.
        after: Duration,
    },
    /// No connection came about, or it was cut before the answer was complete.
    #[error("{}: {detail}", .failure.words())]
    Unreachable {
        /// The step that failed.
        failure: ConnectFailure,
        /// The innermost error's words.
        detail: String,
    },
    /// The request could not be made: credentials that cannot be read, a path that is none.
    #[error("{detail}")]
    NotSent {
        /// What is wrong with it.
        detail: String,
    },
}

fn size(bytes: usize) -> String {
    if bytes.is_multiple_of(1 << 20) { format!("{} MiB", bytes >> 20) } else { format!("{bytes} bytes") }
}

fn late(after: Duration) -> String {
    if after.is_zero() {
        "the time was up before it was asked".to_owned()
    } else {
        format!("no answer within {after:.0?}")
    }
}

/// A `Status` object of the API server, with its HTTP status code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiStatus {
    /// The HTTP status code.
    pub code: u16,
    /// `NotFound`, `Forbidden`, `Unauthorized`, `TooManyRequests` …; empty if the server names none.
    pub reason: String,
    /// The server's sentence.
    pub message: String,
    /// The plural of what was asked for (`pods`), from `details.kind`.
    pub kind: Option<String>,
    /// The object asked for, from `details.name`.
    pub name: Option<String>,
    /// The API group of what was asked for, from `details.group`; none for the core group.
    pub group: Option<String>,
}

impl KubernetesError {
    /// The server's `Status`, if it was the API server that answered.
    pub fn status(&self) -> Option<&ApiStatus> {
        match self {
            Self::Status(status) => Some(status),
            _ => None,
        }
    }

    /// The HTTP status code, whoever answered.
    pub fn code(&self) -> Option<u16> {
        match self {
            Self::Status(status) => Some(status.code),
            Self::Foreign { code, .. } => Some(*code),
            _ => None,
        }
    }

    /// Whether the API server says, by type and by name, that this object does not exist.
    ///
    /// A 404 that names another object, or none, is not an absence: an unknown resource type answers so too.
    pub fn is_absence_of(&self, name: &str) -> bool {
        self.status().is_some_and(|status| {
            status.code == 404 && status.reason == "NotFound" && status.name.as_deref() == Some(name)
        })
    }

    /// Whether it is certain that nothing was done: it was never sent, or the API server itself refused it.
    pub fn is_refusal(&self) -> bool {
        match self {
            Self::NotSent { .. } => true,
            Self::Status(status) => status.code / 100 == 4,
            _ => false,
        }
    }

    /// Whether the API server refuses this user (403).
    pub fn is_forbidden(&self) -> bool {
        self.status().is_some_and(|status| status.code == 403)
    }

    /// Whether the login was refused (401), by the API server or by something in front of it.
    pub fn is_unauthorized(&self) -> bool {
        self.code() == Some(401)
    }

    /// Whether the server asks to come back later (429).
    pub fn is_throttled(&self) -> bool {
        self.code() == Some(429)
    }
}

/// How much of a server's sentence is kept, in characters.
const MESSAGE_LIMIT: usize = 1024;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct StatusObject {
    kind: String,
    api_version: String,
    #[serde(default)]
    reason: Option<String>,
    #[serde(default)]
    message: Option<String>,
    #[serde(default)]
    details: Option<StatusDetails>,
    #[serde(default)]
    code: Option<u16>,
}

#[derive(Deserialize, Default)]
struct StatusDetails {
    kind: Option<String>,
    name: Option<String>,
    group: Option<String>,
}

/// Reads a body as the API server's `Status`; none if it is something else or contradicts the HTTP status code.
pub(super) fn read_status(code: u16, body: &[u8]) -> Option<ApiStatus> {
    let status: StatusObject = serde_json::from_slice(body).ok()?;
    let own = status.kind == "Status" && status.api_version == "v1" && status.code.is_none_or(|own| own == code);
    let details = status.details.unwrap_or_default();
    let filled = |text: Option<String>| text.filter(|text| !text.is_empty());
    own.then(|| ApiStatus {
        code,
        reason: status.reason.unwrap_or_default(),
        message: status.message.unwrap_or_default().chars().take(MESSAGE_LIMIT).collect(),
        kind: filled(details.kind),
        name: filled(details.name),
        group: filled(details.group),
    })
}
