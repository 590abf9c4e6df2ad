//! What EKS Auth answered when it was asked from here for the pod's credentials: whose they are, never they themselves; and what
//! CloudTrail recorded of such answers.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::evidence::asked::foreign_text::ForeignText;
use crate::evidence::kubernetes::agent_log::AgentError;
use crate::evidence::reading::GapKind;
use crate::evidence::{Gap, Reading};

/// A token that was made for the pod, by what is known of it; the token itself is nowhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BoundToken {
    /// The pod that it is bound to.
    pub pod_uid: String,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// One call of `AssumeRoleForPodIdentity` from here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Assumed {
    /// When it was asked, by the API server's clock.
    pub asked_at: Timestamp,
    /// What came of it.
    pub answer: Answer,
}

/// What EKS Auth answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Answer {
    /// Credentials.
    Given(Given),
    /// An error about the pod, its association or its role.
    Refused {
        /// The code, such as `AccessDeniedException`.
        code: String,
        /// The message.
        message: String,
    },
}

/// What is kept of credentials.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Given {
    /// The session: `arn:aws:sts::ACCOUNT:assumed-role/NAME/SESSION`.
    pub session_arn: String,
    /// The association that EKS Auth found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub association_id: Option<String>,
    /// When the credentials end.
    pub expires_at: Timestamp,
    /// As whom STS sees them; null where it gave no answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caller_arn: Option<String>,
    /// Why STS gave no answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caller_gap: Option<String>,
}

/// What CloudTrail recorded. Events come some minutes late.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Trail {
    /// From when on it was asked for.
    pub since: Timestamp,
    /// The sessions that EKS got for this pod.
    pub sessions: Reading<Recorded<TrailSession>>,
    /// What AWS refused to the last session of the pod.
    pub denied_calls: Reading<Recorded<TrailRefusal>>,
    /// What EKS Auth refused the node of the pod; for which of its pods is not recorded.
    pub refusals: Reading<Recorded<TrailRefusal>>,
    /// Who changed the trust policy of the role, or made the role.
    pub role_changes: Reading<Recorded<TrailChange>>,
    /// Who created, changed or deleted an association of the service account in this cluster.
    pub association_changes: Reading<Recorded<TrailChange>>,
}

impl Trail {
    /// Whether no question was answered.
    pub fn is_unanswered(&self) -> bool {
        self.sessions.gap().is_some()
            && self.refusals.gap().is_some()
            && self.role_changes.gap().is_some()
            && self.association_changes.gap().is_some()
    }

    /// What could not be read, though it was asked for.
    pub fn gaps(&self) -> impl Iterator<Item = &Gap> {
        let all = [
            self.sessions.gap(),
            self.denied_calls.gap(),
            self.refusals.gap(),
            self.role_changes.gap(),
            self.association_changes.gap(),
        ];
        all.into_iter().flatten().filter(|gap| gap.kind != Some(GapKind::NothingToAsk))
    }
}

/// Events of one kind, as far back as they were read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Recorded<T> {
    /// From here on all are known: where there were more than are read, it is the time of the oldest that was.
    pub back_to: Timestamp,
    /// The newest first.
    pub events: Vec<T>,
}

/// STS gave EKS a session for the pod: `AssumeRole`, invoked by `pods.eks.amazonaws.com`, with the tags of the pod.
///
/// EKS Auth was asked with a token of the pod: by the agent, or by whoever else made one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TrailSession {
    /// When.
    pub time: Timestamp,
    /// `arn:aws:sts::ACCOUNT:assumed-role/NAME/SESSION`
    pub session_arn: String,
}

/// AWS refused a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TrailRefusal {
    /// When.
    pub time: Timestamp,
    /// The service and the call: `eks-auth:AssumeRoleForPodIdentity`.
    pub action: ForeignText,
    /// `AccessDenied`, …
    pub code: ForeignText,
    /// The message.
    pub message: ForeignText,
}

/// Somebody changed what the pod's role rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TrailChange {
    /// When.
    pub time: Timestamp,
    /// `UpdateAssumeRolePolicy`, `UpdatePodIdentityAssociation`, …
    pub action: String,
    /// The ARN of who did it, or what else is recorded of them.
    pub caller: String,
}

impl Assumed {
    /// The credentials, if there are any.
    pub fn given(&self) -> Option<&Given> {
        match &self.answer {
            Answer::Given(given) => Some(given),
            Answer::Refused { .. } => None,
        }
    }
}

impl Answer {
    /// What an error of EKS Auth means.
    pub fn kind(code: &str, message: &str) -> AgentError {
        AgentError::read(&format!("{code}: {message}"))
    }
}
