//! What EKS Auth answered when it was asked from here for the pod's credentials: whose they are, never they themselves; and what
//! CloudTrail recorded of such answers.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::evidence::Reading;
use crate::evidence::asked::foreign_text::ForeignText;
use crate::evidence::kubernetes::agent_log::AgentError;

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
    /// The sessions that EKS got for this pod, the newest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sessions: Vec<TrailSession>,
    /// Whether there were more events of the role than are read: older sessions are not known.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_cut_off: bool,
    /// What EKS Auth refused the node of the pod, the newest first; for which of its pods is not recorded.
    pub refusals: Reading<Vec<TrailRefusal>>,
    /// Who changed the trust policy of the role, or the association, the newest first.
    pub changes: Reading<Vec<TrailChange>>,
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

/// EKS Auth refused the node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TrailRefusal {
    /// When.
    pub time: Timestamp,
    /// `AccessDeniedException`, …
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
    /// The ARN of who did it.
    pub caller: ForeignText,
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
