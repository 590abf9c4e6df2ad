//! Whether an association was known when the pod was created.
//!
//! It is separate because it is read from what the webhook left in the pod, not from the association that is there now: that
//! one may be gone, or be another.

use crate::evidence::kubernetes::metadata::{FULL_URI, TOKEN_NAME};
use crate::evidence::{Evidence, Pod};

/// Whether a pod has what the webhook gives: the variables in some container, and the token volume.
pub fn is_injected(pod: &Pod) -> bool {
    let volume = pod.spec.volumes.iter().any(|volume| volume.name == TOKEN_NAME);
    volume && pod.containers().any(|container| container.is_injected())
}

/// Whether the webhook gave it here: neither the workload's template nor the manifest of another pod.
pub fn was_injected(evidence: &Evidence) -> bool {
    let templates = evidence.workload().map(|owner| owner.template_containers.as_slice()).unwrap_or_default();
    let preset = templates.iter().any(|container| container.variable(FULL_URI).is_some());
    let by_webhook = |pod: &Pod| is_injected(pod) && pod.metadata.controller().is_some();
    evidence.live_pod().ok().flatten().is_some_and(by_webhook) && !preset
}

/// Whether it came with the manifest of another pod, as nothing rules out for a pod that no template made.
pub fn may_be_copied(evidence: &Evidence) -> bool {
    let copied = |pod: &Pod| is_injected(pod) && pod.metadata.controller().is_none();
    evidence.live_pod().ok().flatten().is_some_and(copied)
}
