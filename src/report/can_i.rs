//! What `can-i` says: whose rights a pod has, and whether they allow what was asked.

use crate::error::ExitCode;
use crate::evidence::Gap;
use crate::report::{Report, VerdictWord};

/// The answers about one target.
#[derive(Debug, Clone, PartialEq)]
pub struct CanIReport {
    /// What the doctor says of the target: whether it gets the role at all.
    pub diagnosis: Report,
    /// Whose rights these are; the gap where that is not known.
    pub actor: Result<Actor, Gap>,
    /// Whether a session policy of the association was simulated too.
    pub has_session_policy: bool,
    /// The condition keys that were given values.
    pub conditions: Vec<(String, Vec<String>)>,
    /// One answer for each action and resource, in the order in which they were asked.
    pub answers: Vec<RightAnswer>,
}

impl CanIReport {
    /// 1 where something is denied, else 3 where something is not known, else 0.
    pub fn exit_code(&self) -> ExitCode {
        let any = |word: RightDecision| self.answers.iter().any(|one| one.decision == word);
        if any(RightDecision::Denied) {
            ExitCode::BROKEN
        } else if self.actor.is_err() || self.answers.is_empty() || any(RightDecision::Undecided) {
            ExitCode::INCONCLUSIVE
        } else {
            ExitCode::HEALTHY
        }
    }

    /// Why the target does not act as the role now, if it does not.
    pub fn obstacle(&self) -> Option<&str> {
        let way = self.actor.as_ref().map(|actor| actor.way);
        // The doctor's verdict is about the way that is meant; of another that a pod falls back to it says nothing.
        if !matches!(way, Ok(ActorWay::Associated | ActorWay::Target)) {
            return None;
        }
        let acts = matches!(self.diagnosis.verdict, VerdictWord::Healthy | VerdictWord::Degraded);
        let says_more = self.diagnosis.verdict == VerdictWord::Broken || !self.diagnosis.causes.is_empty();
        (!acts && says_more).then_some(self.diagnosis.summary.as_str())
    }
}

/// Whose rights a pod has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// The role.
    pub role_arn: String,
    /// Where it comes from.
    pub way: ActorWay,
}

/// Where a role comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActorWay {
    /// The association gives it.
    Associated,
    /// It is the target role of the association, which the associated role assumes.
    Target,
    /// IAM roles for service accounts.
    WebIdentity,
    /// The pod has none, so that its SDKs fall back to the node's.
    Node,
}

impl ActorWay {
    /// The word in machine output.
    pub fn word(self) -> &'static str {
        match self {
            Self::Associated => "association",
            Self::Target => "targetRole",
            Self::WebIdentity => "webIdentity",
            Self::Node => "node",
        }
    }
}

/// Whether one action is allowed.
#[derive(Debug, Clone, PartialEq)]
pub struct RightAnswer {
    /// `service:Action`.
    pub action: String,
    /// The ARN of the resource; `*` where none was named.
    pub resource: String,
    /// The answer.
    pub decision: RightDecision,
    /// Why, in a phrase.
    pub why: String,
    /// The statements that decide: policy, kind of policy and place.
    pub statements: Vec<String>,
    /// Condition keys of policies that were given no value.
    pub missing_keys: Vec<String>,
    /// Why it is not known.
    pub gap: Option<Gap>,
    /// The permission that would settle it.
    pub permission: Option<&'static str>,
}

/// An answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RightDecision {
    /// The policies allow it.
    Allowed,
    /// They do not.
    Denied,
    /// It cannot be told.
    Undecided,
}

impl RightDecision {
    /// The word in machine output, and on the page.
    pub fn word(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Denied => "denied",
            Self::Undecided => "undecided",
        }
    }
}
