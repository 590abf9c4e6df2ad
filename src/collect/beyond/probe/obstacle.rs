//! Why the probe could not run in one way, and whether another way may still work.

use crate::collect::access::clients::KubernetesError;
use crate::collect::gap;
use crate::evidence::{Gap, GapReason, Source};

/// What stood in the way.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Obstacle {
    /// What is told.
    pub gap: Gap,
    /// Whether it lies in the container, so that another way is worth a try.
    pub is_local: bool,
}

impl Obstacle {
    /// Something about this container: another way may work.
    pub(super) fn local(detail: impl Into<String>) -> Self {
        Self { gap: Gap::new(Source::Probe, GapReason::Insufficient, detail), is_local: true }
    }

    /// Something that no other way would get around.
    pub(super) fn general(reason: GapReason, detail: impl Into<String>) -> Self {
        Self { gap: Gap::new(Source::Probe, reason, detail), is_local: false }
    }

    /// A request to the API server that failed.
    pub(super) fn of_request(what: &str, error: &KubernetesError) -> Self {
        let mut gap = gap::of_kubernetes(Source::Probe, error);
        let refused = gap.reason == GapReason::Denied;
        gap.detail = format!("{what} — {}", gap.detail);
        Self { gap, is_local: refused }
    }
}
