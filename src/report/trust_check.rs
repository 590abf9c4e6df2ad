//! What `check-trust` says of a trust policy: the data that renderers draw.

use std::ops::Range;

use super::ReportRemediation;
use crate::error::ExitCode;

/// What the policy makes of the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrustDecision {
    /// It is surely allowed.
    Allowed,
    /// It is surely not.
    Denied,
    /// It depends on what was not given, or cannot be known.
    Undecided,
}

impl TrustDecision {
    /// The word of the machine output.
    pub fn word(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Denied => "denied",
            Self::Undecided => "undecided",
        }
    }

    /// The exit code.
    pub fn exit_code(self) -> ExitCode {
        match self {
            Self::Allowed => ExitCode::HEALTHY,
            Self::Denied => ExitCode::BROKEN,
            Self::Undecided => ExitCode::INCONCLUSIVE,
        }
    }
}

/// What became of one trust policy.
#[derive(Debug, Clone, PartialEq)]
pub struct TrustReport {
    /// Where the policy was read.
    pub source: PolicyText,
    /// The role, where the file or a flag names it.
    pub role_name: Option<String>,
    /// The worst of the actions.
    pub decision: TrustDecision,
    /// The headline.
    pub summary: String,
    /// The request that it was asked.
    pub request: AskedOfTrust,
    /// Each action of the request by itself.
    pub actions: Vec<ActionAnswer>,
    /// The places that decide.
    pub clauses: Vec<TrustClause>,
    /// What was not given and would settle something.
    pub missing: Vec<MissingInput>,
    /// What to know beyond the decision, in phrases.
    pub notes: Vec<String>,
    /// What a person can do.
    pub remediation: Vec<ReportRemediation>,
}

/// The text of a policy, and what it is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyText {
    /// The file's name, or `standard input`.
    pub name: String,
    /// The text that places are counted in.
    pub text: String,
    /// Whether that is the file's own text; else it was decoded from it, and its lines are no lines of the file.
    pub is_own: bool,
}

/// The request that a policy was asked. What is `None` was not given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AskedOfTrust {
    /// `pods.eks.amazonaws.com`, or the ARN of the role that asks.
    pub principal: String,
    /// The namespace.
    pub namespace: Option<String>,
    /// The service account.
    pub service_account: Option<String>,
    /// The pod's name.
    pub pod_name: Option<String>,
    /// The pod's UID.
    pub pod_uid: Option<String>,
    /// The cluster's ARN.
    pub cluster_arn: Option<String>,
    /// The cluster's name.
    pub cluster_name: Option<String>,
    /// The region.
    pub region: Option<String>,
    /// Whether the session carries tags.
    pub session_tags: bool,
    /// The external id of the association.
    pub external_id: Option<String>,
}

/// What the policy makes of one action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActionAnswer {
    /// `sts:AssumeRole` or `sts:TagSession`.
    pub action: &'static str,
    /// The decision.
    pub decision: TrustDecision,
    /// Whether a Deny statement matches.
    pub is_explicit: bool,
}

/// What a clause does for the decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClausePart {
    /// It allows.
    Allows,
    /// It denies, or does not hold.
    Denies,
    /// It depends on something that is not known.
    Undecided,
}

impl ClausePart {
    /// The word of the machine output.
    pub fn word(self) -> &'static str {
        match self {
            Self::Allows => "allows",
            Self::Denies => "denies",
            Self::Undecided => "undecided",
        }
    }
}

/// A place of the policy that decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustClause {
    /// Where it stands: `Statement[0].Condition.StringEquals["aws:RequestTag/kubernetes-namespace"]`.
    pub place: String,
    /// The same in the text, in bytes; `None` where it cannot be found there.
    pub span: Option<Range<usize>>,
    /// The name that the statement's author gave it.
    pub sid: Option<String>,
    /// The actions that it decides.
    pub actions: Vec<&'static str>,
    /// What it does.
    pub part: ClausePart,
    /// The same in words.
    pub says: String,
    /// The operator, if it is a condition.
    pub operator: Option<String>,
    /// The key, if it is a condition.
    pub key: Option<String>,
    /// What it wants, as written.
    pub wanted: Vec<String>,
    /// What the request has; `None` where that is not known, empty where it has none.
    pub found: Option<Vec<String>>,
}

/// Something that was not given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingInput {
    /// The flag that gives it: `--service-account NAME`.
    pub flag: &'static str,
    /// The condition key that asks for it.
    pub key: String,
}
