//! Why a pod does not start, in the words of the kubelet and the scheduler: the warnings among its events.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::evidence::Pod;
use crate::evidence::asked::foreign_text::ForeignText;
use crate::evidence::kubernetes::pod_status::ContainerStatus;

/// How long a pod may take to start: images are pulled and volumes mounted meanwhile.
const TIME_TO_START: SignedDuration = SignedDuration::from_mins(2);

/// A warning about a pod.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PodEvent {
    /// `FailedMount`, `FailedCreatePodSandBox`, `Failed` …
    pub reason: ForeignText,
    /// What the component says.
    pub message: ForeignText,
    /// When it was last seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_seen: Option<Timestamp>,
}

impl Pod {
    /// Since when it waits on its node, if that is longer than a start takes and no container of it has ever run.
    ///
    /// Time that it waited for a node does not count.
    pub fn waits_to_start_since(&self, now: Timestamp) -> Option<Timestamp> {
        let has_run = |status: &ContainerStatus| {
            let state = status.state.as_ref();
            let runs = state.is_some_and(|state| state.running.is_some() || state.terminated.is_some());
            runs || status.restart_count > 0 || status.last_state.is_some()
        };
        let is_pending = !self.from_template && self.status.phase.as_deref() == Some("Pending");
        if !is_pending || self.spec.node_name.is_none() || self.status.all_containers().any(has_run) {
            return None;
        }
        let since = self.status.holds_since("PodScheduled").or(self.metadata.creation_timestamp)?;
        (now.duration_since(since) > TIME_TO_START).then_some(since)
    }
}
