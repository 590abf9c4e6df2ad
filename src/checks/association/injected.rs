//! Whether an association was known when the pod was created.
//!
//! It is separate because it is read from what the webhook left in the pod, not from the association that is there now: that
//! one may be gone, or be another.

use crate::evidence::Evidence;
use crate::evidence::pod_identity::{FULL_URI, TOKEN_NAME};

/// Whether the webhook gave the pod its variables; variables that the workload's template sets itself are no sign of it.
pub fn was_injected(evidence: &Evidence) -> bool {
    let Ok(Some(pod)) = evidence.live_pod() else { return false };
    let templates = evidence.workload().map(|owner| owner.template_containers.as_slice()).unwrap_or_default();
    let preset = |name: &str| templates.iter().any(|one| one.name == name && one.variable(FULL_URI).is_some());
    let volume = pod.spec.volumes.iter().any(|volume| volume.name == TOKEN_NAME);
    volume && pod.containers().any(|one| one.is_injected() && !preset(&one.name))
}
