//! What keeps a probe from running, and waiting for it to start.

use std::time::Duration;

use serde_json::Value;

use crate::collect::access::clients::{KubernetesClient, KubernetesError};
use crate::collect::gap;
use crate::collect::read::kubernetes::encode;
use crate::evidence::asked::foreign_text::ForeignText;
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

/// The wait between two looks.
const PAUSE: Duration = Duration::from_millis(200);
/// The image cannot be had: another container of the same image would not come about either.
pub(super) const NO_IMAGE: [&str; 4] = ["ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull"];
/// Other states that do not pass within the time of a probe.
pub(super) const HOPELESS: [&str; 2] = ["CreateContainerConfigError", "CreateContainerError"];

/// Waits for a container of a pod; `list` is the list of states that it stands in. The caller bounds it.
pub(super) async fn until_running(
    client: &KubernetesClient,
    (namespace, pod): (&str, &str),
    (list, container): (&str, &str),
) -> Result<(), Obstacle> {
    let path = format!("/api/v1/namespaces/{}/pods/{}", encode(namespace), encode(pod));
    loop {
        let seen: Value =
            client.get(&path).await.map_err(|error| Obstacle::of_request("the pod could not be read", &error))?;
        let states = seen["status"][list].as_array();
        let state = states.and_then(|states| states.iter().find(|state| state["name"] == container));
        let state = state.map_or(&Value::Null, |state| &state["state"]);
        if !state["running"].is_null() {
            return Ok(());
        }
        if !state["terminated"].is_null() {
            return Err(ended(container, &state["terminated"]));
        }
        let waiting = &state["waiting"];
        if NO_IMAGE.iter().any(|reason| waiting["reason"] == *reason) {
            return Err(Obstacle { is_local: false, ..told(container, waiting) });
        }
        if HOPELESS.iter().any(|reason| waiting["reason"] == *reason) {
            return Err(told(container, waiting));
        }
        if seen["status"]["phase"] == "Failed" {
            return Err(told(container, &seen["status"]));
        }
        tokio::time::sleep(PAUSE).await;
    }
}

fn told(container: &str, state: &Value) -> Obstacle {
    let text = |field: &str| ForeignText::new(state[field].as_str().unwrap_or_default()).as_str().to_owned();
    Obstacle::local(format!(
        "container {container} of the probe does not start — {} {}",
        text("reason"),
        text("message")
    ))
}

/// What a shell that is not there looks like, once the container has been made.
fn ended(container: &str, state: &Value) -> Obstacle {
    if lacks_the_program(state["message"].as_str().unwrap_or_default()) {
        return Obstacle::local(
            "the image of --probe-image has no shell, or is called kubectl-podid and has no /podid-probe",
        );
    }
    told(container, state)
}

/// Whether a container runtime says that the image has no such program: the kubelet gives it no code.
pub fn lacks_the_program(text: &str) -> bool {
    text.contains("executable file not found") || text.contains("no such file or directory")
}
