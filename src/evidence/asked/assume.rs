//! What EKS Auth answered when it was asked from here for the pod's credentials: whose they are, never they themselves.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

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
