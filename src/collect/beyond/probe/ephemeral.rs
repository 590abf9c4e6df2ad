//! The probe in an ephemeral container of the pod: for containers without a shell, or without a place to write to. It cannot
//! be taken away again, so its name is told before it is made.

use serde_json::{Value, json};

use super::choice::{Run, name_of_own};
use super::copied::{self, Copy};
use super::session::{self, PREFIX, Place};
use super::waiting::{self, Obstacle};
use crate::collect::access::clients::KubernetesError;
use crate::collect::read::kubernetes::encode;
use crate::evidence::{GapReason, ProbePlace, Probed};

/// Adds the container, and runs the probe in it.
pub(super) async fn run(run: &Run<'_>, container: &str) -> Result<Probed, Obstacle> {
    let (namespace, pod) = (run.namespace, run.pod_name);
    let spec = run.raw_pod().await?;
    let original = copied::find(&spec, container);
    let original = original.ok_or_else(|| Obstacle::local(format!("the pod has no container {container}")))?;
    let image = run.image().await;
    if let Some(earlier) = without_image(&spec, &image.name) {
        return Err(Obstacle::general(
            GapReason::Insufficient,
            format!(
                "ephemeral container {earlier} of an earlier run still waits for image {}, so none was added; --probe-image names one that the node can pull",
                image.name
            ),
        ));
    }
    let name = name_of_own();
    let id = container_id(&spec, container);
    let command = run.command(id.as_deref()).await;
    let mut made = copied::of(&spec, original, Copy { name: &name, image, command: &command });
    // The processes of a container that does not run cannot be shared.
    if is_running(&spec, container) {
        made["targetContainerName"] = json!(container);
    }
    run.announce.warn(&format!(
        "adds ephemeral container {name} to pod {namespace}/{pod}; it ends within {} s of its start, and stays in the pod's description until the pod is gone",
        run.patience().as_secs()
    ));
    let path = format!("/api/v1/namespaces/{}/pods/{}/ephemeralcontainers", encode(namespace), encode(pod));
    let change = json!({ "spec": { "ephemeralContainers": [made] } });
    // It is made note of before it is there: an answer that is lost, or comes too late, tells nothing.
    let perhaps = format!(
        "ephemeral container {name} may be in the description of pod {namespace}/{pod}, as the answer to the request was lost"
    );
    run.leaves(perhaps.clone());
    let answer = run.client.merge(&path, &change).await;
    if answer.as_ref().err().is_none_or(KubernetesError::is_refusal) {
        run.leaves_not(&perhaps);
    }
    answer.map_err(|error| Obstacle::of_request("the ephemeral container was refused", &error))?;
    run.leaves(format!(
        "ephemeral container {name} in the description of pod {namespace}/{pod}, until the pod is gone"
    ));
    waiting::until_running(run.client, (namespace, pod), ("ephemeralContainerStatuses", &name)).await?;
    let report = session::attach(run.client, Place { namespace, pod, container: &name }).await?;
    Ok(Probed { place: ProbePlace::EphemeralContainer(name), report })
}

/// An ephemeral container of an earlier run that waits for this image: one more would wait beside it, and neither can be deleted.
fn without_image<'p>(pod: &'p Value, image: &str) -> Option<&'p str> {
    let all = pod["spec"]["ephemeralContainers"].as_array().into_iter().flatten();
    let mut own = all
        .filter(|one| one["image"] == image)
        .filter_map(|one| one["name"].as_str())
        .filter(|name| name.starts_with(PREFIX));
    own.find(|name| {
        let waiting = &status(pod, name)["state"]["waiting"]["reason"];
        waiting::NO_IMAGE.iter().any(|reason| waiting == reason)
    })
}

fn status<'p>(pod: &'p Value, container: &str) -> &'p Value {
    let lists = ["containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses"];
    let mut states = lists.into_iter().filter_map(|list| pod["status"][list].as_array()).flatten();
    states.find(|state| state["name"] == container).unwrap_or(&Value::Null)
}

fn is_running(pod: &Value, container: &str) -> bool {
    !status(pod, container)["state"]["running"].is_null()
}

/// What the control group of its processes is named after.
fn container_id(pod: &Value, container: &str) -> Option<String> {
    let id = status(pod, container)["containerID"].as_str()?;
    let id = id.rsplit('/').next()?;
    id.chars().all(|character| character.is_ascii_alphanumeric()).then(|| id.to_owned())
}
