//! The log of the agent and the errors in it.
//!
//! Sources: `internal/validation/request.go` and `pkg/errors/errors.go` of the agent, the service model of EKS Auth,
//! and the recordings in `tests/recorded`.
//!
//! Lines are matched by the pod's address between the container's start and now; what the lines mean is decided where
//! they are read. A log that does not cover the pod's life says nothing about what is missing in it.

use AgentError as E;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::evidence::asked::probe::OWN_PORTS;

/// What went wrong between a pod, the agent and EKS Auth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AgentError {
    /// EKS may not assume the associated role: one text for every reason.
    RoleRefused,
    /// EKS Auth refused the call with another text.
    AccessDenied,
    /// EKS Auth knows no such cluster or no association for the service account.
    NotFound,
    /// The request is not one that EKS Auth takes.
    InvalidRequest,
    /// EKS Auth, or the agent itself, had too many requests.
    Throttled,
    /// EKS Auth failed.
    ServiceFault,
    /// The host name of EKS Auth cannot be looked up.
    NoHost,
    /// The host name has no region in it: `eks-auth..api.aws`.
    NoRegion,
    /// No connection came about.
    NoConnection,
    /// EKS Auth was silent.
    NoAnswer,
    /// The certificate is not one that the agent trusts.
    Certificate,
    /// Something else than EKS Auth answered: the page of a proxy, a login.
    Foreign,
    /// The client hung up before the agent had an answer.
    ClientGone,
    /// The agent has no credentials of its own.
    NodeCredentials,
    /// The node's clock is not the one of AWS.
    Clock,
    /// No token came with the request.
    TokenEmpty,
    /// The token is no token, or something stands before it.
    TokenMalformed,
    /// The token has expired.
    TokenExpired,
    /// The token begins to be valid later.
    TokenTooEarly,
    /// The token is for another audience.
    TokenAudience,
    /// The token is not bound to a pod.
    TokenUnbound,
    /// EKS Auth does not accept the token.
    TokenInvalid,
    /// The agent was called by another address than its own.
    WrongHost,
    /// The credentials that came were about to expire.
    NearlyExpired,
    /// Something else.
    Other,
}

/// Texts and what they mean; the first that is found counts, so the more special ones stand first.
const TEXTS: &[(&[&str], AgentError)] = &[
    (&["Unauthorized Exception! EKS does not have permissions to assume"], E::RoleRefused),
    (&["Signature expired", "Signature not yet current", "RequestExpired", "RequestTimeTooSkewed"], E::Clock),
    (&["Too Many Requests", "ThrottlingException", "Rate limited", "rate limited", "StatusCode: 429"], E::Throttled),
    (&["ExpiredTokenException"], E::TokenExpired),
    (&["InvalidTokenException"], E::TokenInvalid),
    (&["ResourceNotFoundException"], E::NotFound),
    (&["AccessDeniedException"], E::AccessDenied),
    (&["InvalidParameterException", "InvalidRequestException"], E::InvalidRequest),
    (&["InternalServerException", "ServiceUnavailableException"], E::ServiceFault),
    (&["token cannot be empty"], E::TokenEmpty),
    (&["token cannot be parsed"], E::TokenMalformed),
    (&["missing kubernetes.io claims", "missing pod claims", "missing pod uid"], E::TokenUnbound),
    (&["not valid yet"], E::TokenTooEarly),
    (&["token is expired"], E::TokenExpired),
    (&["invalid audience", "token has invalid aud"], E::TokenAudience),
    (&["Called agent through invalid address"], E::WrongHost),
    (&["fetched credentials are expired or will expire"], E::NearlyExpired),
    (&["no EC2 IMDS role found", "failed to refresh cached credentials", "get credentials:"], E::NodeCredentials),
    (
        &["x509:", "tls: failed to verify certificate", "certificate signed by", "certificate is valid for"],
        E::Certificate,
    ),
    (&["eks-auth..", "an AWS region is required", "Missing Region"], E::NoRegion),
    (&["no such host", "dial tcp: lookup ", "server misbehaving"], E::NoHost),
    (&["canceled, context canceled", "context canceled"], E::ClientGone),
    (&["dial tcp", "connection refused", "connect: ", "network is unreachable", "proxyconnect"], E::NoConnection),
    (&["context deadline exceeded", "Client.Timeout", "i/o timeout", "TLS handshake timeout"], E::NoAnswer),
    (
        &["deserialization failed", "invalid character '<'", "Proxy Authentication Required", "StatusCode: 407"],
        E::Foreign,
    ),
    (&["connection reset", "unexpected EOF", "request send failed"], E::NoConnection),
    (&["StatusCode: 500", "StatusCode: 502", "StatusCode: 503", "StatusCode: 504"], E::ServiceFault),
];

impl AgentError {
    /// Decodes the text of an error.
    pub fn read(text: &str) -> Self {
        TEXTS
            .iter()
            .find(|(marks, _)| marks.iter().any(|mark| text.contains(mark)))
            .map_or(Self::Other, |(_, kind)| *kind)
    }

    /// A name for it, for the cell of a table.
    pub fn label(self) -> &'static str {
        match self {
            E::RoleRefused => "role refused",
            E::AccessDenied => "access denied",
            E::NotFound => "no association",
            E::InvalidRequest => "invalid request",
            E::Throttled => "throttled",
            E::ServiceFault => "EKS Auth failed",
            E::NoHost => "no such host",
            E::NoRegion => "no region",
            E::NoConnection => "no connection",
            E::NoAnswer => "no answer",
            E::Certificate => "untrusted certificate",
            E::Foreign => "foreign answer",
            E::ClientGone => "client hung up",
            E::NodeCredentials => "no node credentials",
            E::Clock => "clock differs",
            E::TokenEmpty => "no token",
            E::TokenMalformed => "malformed token",
            E::TokenExpired => "token expired",
            E::TokenTooEarly => "token not valid yet",
            E::TokenAudience => "wrong audience",
            E::TokenUnbound => "token without pod",
            E::TokenInvalid => "token refused",
            E::WrongHost => "wrong address",
            E::NearlyExpired => "nearly expired",
            E::Other => "other error",
        }
    }

    /// Whether EKS Auth was not reached.
    pub fn is_unreachable(self) -> bool {
        matches!(self, E::NoHost | E::NoRegion | E::NoConnection | E::NoAnswer | E::Certificate | E::Foreign)
    }

    /// Whether the token was refused, by the agent or by EKS Auth.
    pub fn is_about_token(self) -> bool {
        matches!(
            self,
            E::TokenEmpty | E::TokenMalformed | E::TokenExpired | E::TokenAudience | E::TokenUnbound | E::TokenInvalid
        )
    }

    /// Whether the client itself sends something wrong, and will each time.
    pub fn is_of_client(self) -> bool {
        matches!(self, E::TokenEmpty | E::TokenMalformed | E::TokenAudience | E::TokenUnbound | E::WrongHost)
    }

    /// Whether it says that two clocks differ.
    pub fn is_about_time(self) -> bool {
        matches!(self, E::Clock | E::TokenTooEarly)
    }

    /// Whether it concerns every pod of the node.
    pub fn concerns_node(self) -> bool {
        self.is_unreachable() || matches!(self, E::NodeCredentials | E::Throttled | E::Clock | E::AccessDenied)
    }
}

/// The part of an error that is worth telling: what stands behind the wrapping of agent and SDK.
pub fn essence(text: &str) -> &str {
    let text = text.strip_prefix("Error fetching credentials: ").unwrap_or(text);
    if let Some((_, rest)) = text.split_once("RequestID: ") {
        return rest.split_once(", ").map_or(rest, |(_, rest)| rest);
    }
    text.rsplit_once("AssumeRoleForPodIdentity, ").map_or(text, |(_, rest)| rest)
}

/// What the agent logged about the pod.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AgentLog {
    /// Whether the log reaches back to the start of the container and was read to its end.
    pub covers_life: bool,
    /// Whether it begins where the agent itself began, with no run before, and was read to its end.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub whole_run: bool,
    /// The outcomes, oldest first; of a very long list the latest.
    pub outcomes: Vec<LoggedOutcome>,
    /// What the log says about the node, whichever pod asked.
    #[serde(skip_serializing_if = "NodeOutcomes::is_empty")]
    pub node: NodeOutcomes,
    /// Why the agent ended, in its own words, where that is the last it said of itself: neither the chart nor the add-on lets
    /// the status of its container say it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_words: Option<String>,
}

/// What the log says about the node, whichever pod asked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct NodeOutcomes {
    /// When EKS Auth last gave credentials to any pod.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_fetched: Option<Timestamp>,
    /// Of each kind of error that concerns the whole node, the last one; oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<LoggedOutcome>,
}

/// For how long a success of any pod says something about the whole node.
const NODE_PROOF_LIFE: SignedDuration = SignedDuration::from_hours(1);

impl AgentLog {
    /// The last success of any pod on the node, if it is of the last hour: the node has what it needs to call EKS Auth.
    ///
    /// A newer error that concerns the node outranks it.
    pub fn node_proof(&self, now: Timestamp) -> Option<Timestamp> {
        let fetched = self.node.fetched_by(now)?;
        let age = now.duration_since(fetched);
        let concerns_node = |text: &String| AgentError::read(text).concerns_node();
        let errors =
            self.outcomes.iter().chain(&self.node.errors).filter(|one| one.error.as_ref().is_some_and(concerns_node));
        let failed = errors.map(|one| one.time).filter(|time| *time <= now).max();
        (!age.is_negative() && age <= NODE_PROOF_LIFE && failed.is_none_or(|time| time <= fetched)).then_some(fetched)
    }
}

/// A log is read some time after the pod: what it shows of the node since is no older.
const READ_LATER: SignedDuration = SignedDuration::from_mins(1);

impl NodeOutcomes {
    /// When EKS Auth last gave credentials to any pod, as far as that counts now.
    pub fn fetched_by(&self, now: Timestamp) -> Option<Timestamp> {
        self.last_fetched.filter(|time| *time <= now + READ_LATER).map(|time| time.min(now))
    }

    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// One outcome.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LoggedOutcome {
    /// When, by the node's clock, in whole seconds.
    pub time: Timestamp,
    /// What.
    pub event: LoggedEvent,
    /// The port the request came from: it ties the lines of one request together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// The role that was fetched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role_arn: Option<String>,
    /// The error as it was logged, cut to a bounded length, without what looks like a token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl LoggedOutcome {
    /// Whether a probe in the pod asked, and no program of its own.
    pub fn is_of_probe(&self) -> bool {
        self.port.is_some_and(|port| OWN_PORTS.contains(&port))
    }
}

/// The kinds of outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum LoggedEvent {
    /// The pod asked.
    Requested,
    /// EKS Auth gave credentials: `Successfully fetched credentials from EKS Auth`.
    Fetched,
    /// The agent answered from its cache.
    Cached,
    /// An error was logged.
    Failed,
}
