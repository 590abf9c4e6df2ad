//! Which of EKS' two ways to an identity this pod is on.

use crate::evidence::{Container, Evidence, Gap};

/// The way a pod gets its AWS identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mode {
    /// An association exists, or a container carries the variables of Pod Identity.
    PodIdentity,
    /// No association exists, and the service account or the containers ask for IRSA.
    Irsa,
    /// There is neither.
    None,
    /// What decides could not be read: the associations, or the service account of a pod that is still to come.
    Unknown(Gap),
}

impl Mode {
    /// Finds the mode of the target.
    pub fn of(evidence: &Evidence) -> Self {
        let containers = evidence.containers().unwrap_or_default();
        if containers.iter().any(Container::has_pod_identity_variables) && !is_template(evidence) {
            return Self::PodIdentity;
        }
        let associated = match evidence.associated() {
            Ok(row) => row.is_some(),
            Err(gap) => return Self::Unknown(gap),
        };
        if associated {
            return Self::PodIdentity;
        }
        let annotated = evidence.service_account.present().is_some_and(|account| account.annotated_role().is_some());
        let web_identity = containers.iter().any(Container::has_web_identity_variables);
        if annotated || web_identity {
            return Self::Irsa;
        }
        // A pod without variables gets no role by either way; what a pod to come would get, the annotation tells.
        let to_come = !evidence.live_pod().is_ok_and(|pod| pod.is_some());
        match evidence.service_account.gap().filter(|_| to_come) {
            Some(gap) => Self::Unknown(gap.clone()),
            None => Self::None,
        }
    }

    /// The word in machine output.
    pub fn word(&self) -> &'static str {
        match self {
            Self::PodIdentity => "podIdentity",
            Self::Irsa => "irsa",
            Self::None => "none",
            Self::Unknown(_) => "unknown",
        }
    }
}

/// A template's own variables were written by a person, not by the webhook.
fn is_template(evidence: &Evidence) -> bool {
    evidence.pod.present().is_some_and(|pod| pod.from_template)
}
