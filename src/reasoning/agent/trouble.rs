//! What the status of an agent pod says went wrong, read from reasons and messages of its containers.
//!
//! It is separate because it is decoding, not judging: the texts are those of the kubelet and of the agent itself
//! (`pkg/server`, `pkg/initalizer` of the agent). The agent's own text reaches the status only where the cluster
//! lets containers end with the tail of their log, which neither chart nor add-on does: its log has it.

use jiff::Timestamp;

use crate::evidence::Evidence;
use crate::evidence::kubernetes::agent::AgentPod;
use crate::evidence::kubernetes::pod_status::ContainerStatus;

/// What went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AgentTrouble {
    /// `listen tcp [fd00:ec2::23]:80: bind: cannot assign requested address`: the node has no IPv6.
    NoIpv6,
    /// `bind: cannot assign requested address` for the IPv4 address: its link is gone.
    NoAddress,
    /// `bind: address already in use`.
    PortTaken,
    /// `expected route … to be interface index …`.
    RouteConflict,
    /// The image cannot be pulled.
    Image,
    /// The memory limit was hit.
    OutOfMemory,
    /// The directory of a hybrid node's credentials is missing.
    MissingHostPath,
    /// A hybrid agent that is not made; the kubelet tells why only in events, and the directory is the usual reason.
    NotMade,
    /// It ends again and again, and nothing says why.
    Crashes,
    /// A container cannot be made or started; the kubelet says why.
    CannotStart,
    /// It runs and does not answer its readiness probe.
    Unready,
}

/// What went wrong, in which container, and in whose words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecodedTrouble {
    /// What.
    pub trouble: AgentTrouble,
    /// The container; `None` where the pod has none yet.
    pub container: Option<String>,
    /// Reason and message as they stand in the status.
    pub words: String,
    /// How often the container was restarted.
    pub restarts: u32,
}

/// Reasons of the kubelet for an image that does not come.
const IMAGE: &[&str] = &[
    "ErrImagePull",
    "ImagePullBackOff",
    "InvalidImageName",
    "ErrImageNeverPull",
    "ImageInspectError",
    "RegistryUnavailable",
    "SignatureValidationFailed",
];
/// Reasons of the kubelet for a container that cannot be made.
const CANNOT_START: &[&str] =
    &["CreateContainerConfigError", "CreateContainerError", "RunContainerError", "StartError", "ContainerCannotRun"];

/// The last time that a container of the agent was restarted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restart {
    /// When the former container ended.
    pub ended_at: Timestamp,
    /// Its exit code; 137 is a kill, by the kubelet after failed probes or by the kernel.
    pub exit_code: i32,
    /// What it suffered from.
    pub decoded: DecodedTrouble,
}

impl AgentPod {
    /// The last restart of a container that runs now; `None` where none was restarted, or nothing says when.
    pub fn last_restart(&self) -> Option<Restart> {
        let restarts = self.status.container_statuses.iter().filter_map(|status| {
            let ended = status.last_state.as_ref()?.terminated.as_ref()?;
            let words = words(&ContainerStatus { state: None, ..status.clone() });
            let decoded = DecodedTrouble {
                trouble: decode(&words),
                container: Some(status.name.clone()),
                words,
                restarts: status.restart_count,
            };
            Some(Restart { ended_at: ended.finished_at?, exit_code: ended.exit_code, decoded })
        });
        restarts.max_by_key(|restart| restart.ended_at)
    }

    /// Whether the condition `Ready` holds.
    pub fn is_ready(&self) -> bool {
        self.status.conditions.iter().any(|condition| condition.kind == "Ready" && condition.status == "True")
    }

    /// Decodes why the pod is not ready: the first container that is not well, init containers first.
    ///
    /// `last_words` is what the agent logged when it ended, which its status has only where a cluster lets it.
    pub fn trouble(&self, last_words: Option<&str>) -> DecodedTrouble {
        let init = self.status.init_container_statuses.iter().filter(|status| !has_succeeded(status));
        let main = self.status.container_statuses.iter().filter(|status| !status.ready);
        let Some(status) = init.chain(main).next() else {
            let words = self.status.phase.clone().unwrap_or_default();
            return DecodedTrouble { trouble: AgentTrouble::Unready, container: None, words, restarts: 0 };
        };
        let mut words = words(status);
        let is_agent = self.spec.agent().is_some_and(|agent| agent.name == status.name);
        if let Some(last) = last_words.filter(|last| is_agent && !words.contains(last)) {
            words = format!("{words}, {last}");
        }
        let waits = status.state.as_ref().is_some_and(|state| state.waiting.is_some());
        let now = decode(&self::words(&ContainerStatus { last_state: None, ..status.clone() }));
        let trouble = match decode(&words) {
            // What it waits for now, whatever ended it before.
            _ if waits
                && matches!(now, AgentTrouble::Image | AgentTrouble::CannotStart | AgentTrouble::MissingHostPath) =>
            {
                now
            }
            AgentTrouble::Unready if self.is_hybrid_and_not_made(status) => AgentTrouble::NotMade,
            trouble => trouble,
        };
        DecodedTrouble { trouble, container: Some(status.name.clone()), words, restarts: status.restart_count }
    }

    fn is_hybrid_and_not_made(&self, status: &ContainerStatus) -> bool {
        let waiting = status.state.as_ref().and_then(|state| state.waiting.as_ref());
        let creating = matches!(
            waiting.and_then(|waiting| waiting.reason.as_deref()),
            Some("ContainerCreating" | "PodInitializing")
        );
        let owner = self.metadata.controller().map(|owner| owner.name.as_str()).unwrap_or_default();
        creating && owner.contains("-hybrid")
    }
}

fn has_succeeded(status: &ContainerStatus) -> bool {
    let ended = status.state.as_ref().and_then(|state| state.terminated.as_ref());
    status.ready || ended.is_some_and(|ended| ended.exit_code == 0)
}

/// Reason and message of what the container does now and of how it last ended.
fn words(status: &ContainerStatus) -> String {
    let mut words = Vec::new();
    for state in [status.state.as_ref(), status.last_state.as_ref()].into_iter().flatten() {
        if let Some(waiting) = &state.waiting {
            words.extend(waiting.reason.clone());
            words.extend(waiting.message.clone());
        }
        if let Some(ended) = &state.terminated {
            words.push(format!("exit code {}", ended.exit_code));
            words.extend(ended.reason.clone());
            words.extend(ended.message.clone().map(|message| message.trim().to_owned()));
        }
    }
    words.retain(|word| !word.is_empty());
    if words.is_empty() { "running and not ready".to_owned() } else { words.join(", ") }
}

fn decode(words: &str) -> AgentTrouble {
    let has = |text: &str| words.contains(text);
    let starts = |reasons: &[&str]| reasons.iter().any(|reason| has(reason));
    if has("hostPath type check failed") {
        AgentTrouble::MissingHostPath
    } else if has("cannot assign requested address") && has("fd00:ec2::23") {
        AgentTrouble::NoIpv6
    } else if has("cannot assign requested address") {
        AgentTrouble::NoAddress
    } else if has("address already in use") {
        AgentTrouble::PortTaken
    } else if has("expected route") {
        AgentTrouble::RouteConflict
    } else if has("OOMKilled") {
        AgentTrouble::OutOfMemory
    } else if starts(IMAGE) {
        AgentTrouble::Image
    } else if starts(CANNOT_START) {
        AgentTrouble::CannotStart
    } else if has("exit code") || has("CrashLoopBackOff") {
        AgentTrouble::Crashes
    } else {
        AgentTrouble::Unready
    }
}

impl Evidence {
    /// The agent pods on the node that are not ready, and not on their way out.
    pub fn idle_agent_pods(&self) -> impl Iterator<Item = &AgentPod> {
        let pods = self.agent_pods.known().into_iter().flatten();
        pods.filter(|pod| !pod.is_ready() && pod.metadata.deletion_timestamp.is_none())
    }
}
