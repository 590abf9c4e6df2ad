//! Whether an association was known when the pod was created.
//!
//! It is separate because it is read from what the webhook left in the pod, not from the association that is there now: that
//! one may be gone, or be another.

use crate::evidence::pod_identity::{FULL_URI, TOKEN_NAME};
use crate::evidence::{Evidence, Pod};

/// Whether a pod has what the webhook gives: the variables in some container, and the token volume.
pub fn is_injected(pod: &Pod) -> bool {
    let volume = pod.spec.volumes.iter().any(|volume| volume.name == TOKEN_NAME);
    volume && pod.containers().any(|container| container.is_injected())
}

/// Whether the webhook gave it, and not the workload's template.
pub fn was_injected(evidence: &Evidence) -> bool {
    let templates = evidence.workload().map(|owner| owner.template_containers.as_slice()).unwrap_or_default();
    let preset = templates.iter().any(|container| container.variable(FULL_URI).is_some());
    evidence.live_pod().ok().flatten().is_some_and(is_injected) && !preset
}
