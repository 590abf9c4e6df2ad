//! What one call taught us: a value, or the reason why there is none.
//!
//! It is separate from the evidence because everything right of `collect` rests on this one distinction: denied is not
//! absent, and unknown is not passed.

use serde::de::{DeserializeOwned, Error as _};
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use crate::evidence::source::Source;

/// The word that stands for a typed not-found in evidence files.
const ABSENT: &str = "absent";
/// The only key of a reading that has no value.
pub const UNAVAILABLE: &str = "unavailable";

/// What one call taught us.
///
/// A typed not-found of the object asked for is knowledge, so it is `Known(None)` of a `Reading<Option<T>>`. In files it is
/// the word `absent`; a gap is `unavailable: {source, reason, detail}`.
#[derive(Debug, Clone, PartialEq)]
pub enum Reading<T> {
    /// The call was answered.
    Known(T),
    /// It was not, or not usably.
    Unavailable(Gap),
}

impl<T> Reading<T> {
    /// Gives the value, or a copy of the gap, so that `?` in a check says "without this I do not know".
    pub fn get(&self) -> Result<&T, Gap> {
        match self {
            Self::Known(value) => Ok(value),
            Self::Unavailable(gap) => Err(gap.clone()),
        }
    }

    /// Gives the value if it is known.
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Unavailable(_) => None,
        }
    }

    /// Gives the gap if the value is not known.
    pub fn gap(&self) -> Option<&Gap> {
        match self {
            Self::Known(_) => None,
            Self::Unavailable(gap) => Some(gap),
        }
    }
}

impl<T: Serialize> Serialize for Reading<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let value = match self {
            Self::Known(value) => match serde_json::to_value(value).map_err(S::Error::custom)? {
                Value::Null => Value::from(ABSENT),
                other => other,
            },
            Self::Unavailable(gap) => serde_json::json!({ UNAVAILABLE: gap }),
        };
        value.serialize(serializer)
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Reading<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        if let Value::Object(fields) = &value
            && fields.len() == 1
            && let Some(gap) = fields.get(UNAVAILABLE)
        {
            return Gap::deserialize(gap).map(Self::Unavailable).map_err(D::Error::custom);
        }
        let value = if value == ABSENT { Value::Null } else { value };
        serde_json::from_value(value).map(Self::Known).map_err(D::Error::custom)
    }
}

/// Why something is not known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Gap {
    /// The call that would have told.
    pub source: Source,
    /// The kind of obstacle.
    pub reason: GapReason,
    /// What was answered, in one phrase; never a secret.
    #[serde(default)]
    pub detail: String,
    /// What exactly stood in the way, where something is decided by it: the detail is only words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<GapKind>,
}

/// A login of the AWS CLI that has ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EndedLogin {
    /// Whether it is one of single sign-on (`aws sso login`), else `aws login`.
    pub single_sign_on: bool,
    /// The profile that it belongs to.
    pub profile: String,
}

/// What exactly stood in the way of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum GapKind {
    /// EKS has no cluster of this name in this account and region.
    NoSuchCluster,
    /// The namespace does not exist.
    NoSuchNamespace,
    /// The name of the EKS cluster is not known.
    ClusterUnnamed,
    /// `--no-aws` was given.
    AwsSwitchedOff,
    /// `--no-cluster` was given.
    ClusterSwitchedOff,
    /// Another pod of the same service account was asked for.
    AskedForAnotherPod,
    /// Nothing that concerns the target could be asked for.
    NothingToAsk,
    /// Something else than the server answered: a proxy, a login page.
    AnotherServer,
    /// A login of the AWS CLI has ended.
    LoginEnded(EndedLogin),
    /// These rights in the cluster are missing, in the words of `kubectl auth can-i`.
    RightsMissing(Vec<String>),
}

impl Gap {
    /// Makes a gap.
    pub fn new(source: Source, reason: GapReason, detail: impl Into<String>) -> Self {
        Self { source, reason, detail: detail.into(), kind: None }
    }

    /// Makes the gap of a call that could not be made, because an earlier answer is missing.
    ///
    /// The first gap is the one worth telling: a chain of blocked calls names its beginning.
    pub fn blocked_by(source: Source, earlier: &Self) -> Self {
        let by = match &earlier.reason {
            GapReason::Blocked { by } => *by,
            _ => earlier.source,
        };
        Self { source, reason: GapReason::Blocked { by }, detail: earlier.detail.clone(), kind: earlier.kind.clone() }
    }

    /// Says what exactly stood in the way.
    #[must_use]
    pub fn because(self, kind: GapKind) -> Self {
        Self { kind: Some(kind), ..self }
    }

    /// Makes the gap of a cluster that EKS does not have.
    pub fn no_such_cluster(detail: impl Into<String>) -> Self {
        Self::new(Source::Cluster, GapReason::Insufficient, detail).because(GapKind::NoSuchCluster)
    }

    /// Makes the gap of a call that nobody asked for.
    pub fn not_requested(source: Source, detail: impl Into<String>) -> Self {
        Self::new(source, GapReason::NotRequested, detail)
    }

    /// Makes the gap of a question that has no object here.
    pub fn nothing_to_ask(source: Source, detail: impl Into<String>) -> Self {
        Self { kind: Some(GapKind::NothingToAsk), ..Self::not_requested(source, detail) }
    }

    /// Makes the gap of a question that no reading could settle.
    pub fn undecidable(source: Source, detail: impl Into<String>) -> Self {
        Self::new(source, GapReason::Undecidable, detail)
    }
}

/// The kinds of obstacle, as they stand in machine output.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum GapReason {
    /// The server answered that this user may not read it.
    Denied,
    /// There are no credentials to ask with, or they have expired.
    NoCredentials,
    /// The credentials belong to another AWS account than the object.
    WrongAccount,
    /// It was answered about another cluster than the one that kubectl talks to.
    OtherCluster,
    /// No answer came in time.
    TimedOut,
    /// The server asked to be called later.
    Throttled,
    /// The server could not be reached.
    Unreachable,
    /// The answer could not be understood.
    Malformed,
    /// There is an answer, and it does not hold what is needed.
    Insufficient,
    /// No reading could settle it.
    Undecidable,
    /// Several things fit, and nothing says which one it is.
    Ambiguous,
    /// It was not asked for.
    NotRequested,
    /// The call needs the answer of another call, which is missing.
    Blocked {
        /// The first call in the chain that was not answered.
        by: Source,
    },
}

impl GapReason {
    /// The word in machine output.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Denied => "denied",
            Self::NoCredentials => "noCredentials",
            Self::WrongAccount => "wrongAccount",
            Self::OtherCluster => "otherCluster",
            Self::TimedOut => "timedOut",
            Self::Throttled => "throttled",
            Self::Unreachable => "unreachable",
            Self::Malformed => "malformed",
            Self::Insufficient => "insufficient",
            Self::Undecidable => "undecidable",
            Self::Ambiguous => "ambiguous",
            Self::NotRequested => "notRequested",
            Self::Blocked { .. } => "blocked",
        }
    }

    /// The words of the human report.
    pub fn phrase(&self) -> &'static str {
        match self {
            Self::Denied => "denied",
            Self::NoCredentials => "no credentials",
            Self::WrongAccount => "credentials of another account",
            Self::OtherCluster => "another cluster",
            Self::TimedOut => "timed out",
            Self::Throttled => "throttled",
            Self::Unreachable => "unreachable",
            Self::Malformed => "the answer could not be understood",
            Self::Insufficient => "the answer does not hold it",
            Self::Undecidable => "cannot be decided by reading",
            Self::Ambiguous => "several fit",
            Self::NotRequested => "not asked for",
            Self::Blocked { .. } => "an earlier answer is missing",
        }
    }
}
