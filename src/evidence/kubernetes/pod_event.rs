//! Why a pod does not start, in the words of the kubelet and the scheduler: the warnings among its events.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::evidence::asked::foreign_text::ForeignText;
use crate::evidence::{Evidence, Pod};

/// How long a pod may take to start: images are pulled and volumes mounted meanwhile.
pub const TIME_TO_START: jiff::SignedDuration = jiff::SignedDuration::from_mins(2);

/// A warning about a pod.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PodEvent {
    /// `FailedMount`, `FailedCreatePodSandBox`, `Failed` …
    pub reason: String,
    /// What the component says.
    pub message: ForeignText,
    /// When it was last seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_seen: Option<Timestamp>,
}

impl Pod {
    /// Whether it is on a node for longer than a start takes, and no container of it has ever run.
    pub fn waits_to_start(&self, now: Timestamp) -> bool {
        let has_run = |status: &crate::evidence::kubernetes::pod::ContainerStatus| {
            let state = status.state.as_ref();
            let runs = state.is_some_and(|state| state.running.is_some() || state.terminated.is_some());
            runs || status.restart_count > 0 || status.last_state.is_some()
        };
        let mut statuses = self.status.init_container_statuses.iter().chain(&self.status.container_statuses);
        let since = self.metadata.creation_timestamp;
        !self.from_template
            && self.status.phase.as_deref() == Some("Pending")
            && self.spec.node_name.is_some()
            && since.is_some_and(|since| now.duration_since(since) > TIME_TO_START)
            && !statuses.any(has_run)
    }
}

impl Evidence {
    /// The pod, if it waits to start for longer than a start takes.
    pub fn waiting_pod(&self) -> Option<&Pod> {
        self.pod.present().filter(|pod| pod.waits_to_start(self.collected_at))
    }
}
