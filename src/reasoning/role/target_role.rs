//! The second step of an association with a target role: what the associated role asks of it.
//!
//! It is separate because the target role is judged by its own trust policy, against another request than EKS' own.

use crate::evidence::aws::arn::Arn;
use crate::evidence::{Association, Evidence};
use crate::reasoning::iam::calls::{ASSUME_ROLE, TAG_SESSION};
use crate::reasoning::iam::{Request, TargetRoleCall};

impl Association {
    /// The target role, where there is one.
    pub fn target(&self) -> Option<&str> {
        self.target_role_arn.as_deref().filter(|arn| !arn.is_empty())
    }

    /// Whether role and target role are in one account, so that one of the two sides is enough to allow the step.
    pub fn has_target_in_own_account(&self) -> bool {
        let account = |arn| Arn::parse(arn).map(|arn| (arn.partition, arn.account));
        self.target().is_some_and(|target| account(target) == account(&self.role_arn))
    }

    /// What the second step needs: to assume the role, and to tag the session where sessions are tagged.
    pub fn target_actions(&self) -> &'static [&'static str] {
        if self.has_session_tags() { &[ASSUME_ROLE, TAG_SESSION] } else { &[ASSUME_ROLE] }
    }
}

impl Evidence {
    /// The requests that the target role's trust policy must allow.
    pub fn target_role_requests(&self, association: &Association) -> Vec<Request> {
        let call = TargetRoleCall {
            source_role_arn: &association.role_arn,
            external_id: association.external_id.as_deref(),
            first: self.pod_identity_call(association.has_session_tags()),
        };
        association.target_actions().iter().map(|action| call.request(action)).collect()
    }
}
