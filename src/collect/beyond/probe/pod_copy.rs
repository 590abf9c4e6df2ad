//! The probe in a pod of its own that stands in for the pod: the same service account, node, variables and user. For pods
//! that nothing can be put into. It is deleted in every case; should the deletion be lost, its own deadline ends it.

use jiff::SignedDuration;
use serde_json::{Map, Value, json};

use super::choice::{Mode, Run, name_of_own};
use super::copied::{self, Copy};
use super::leftovers::Made;
use super::obstacle::Obstacle;
use super::session::{self, Place};
use super::waiting;
use crate::collect::read::kubernetes::encode;
use crate::evidence::kubernetes::pod_identity::{SKIP_CONTAINERS, SKIP_LABEL};
use crate::evidence::{ProbePlace, Probed};

/// Fields of a pod's specification that decide about network, user and place.
const KEPT: [&str; 10] = [
    "serviceAccountName",
    "nodeName",
    "hostNetwork",
    "hostAliases",
    "dnsPolicy",
    "dnsConfig",
    "securityContext",
    "tolerations",
    "runtimeClassName",
    "imagePullSecrets",
];

/// How long the copy may run beyond the time of the probe, in seconds: its image may have to be pulled.
const GRACE: i64 = 30;

/// Makes the pod, runs the probe in it, and deletes it.
pub(super) async fn run(run: &Run<'_>, container: &str) -> Result<Probed, Obstacle> {
    let spec = run.raw_pod().await?;
    let original = copied::find(&spec, container);
    let original = original.ok_or_else(|| Obstacle::local(format!("the pod has no container {container}")))?;
    let (namespace, name) = (run.namespace, name_of_own());
    let (image, command) = (run.image().await, run.command(None).await);
    let made = copied::of(&spec, original, Copy { name: container, image, command: &command });
    let seconds = i64::try_from(run.patience().as_secs()).unwrap_or(i64::MAX).saturating_add(GRACE);
    let pod = pod(&spec, &made, &name, seconds);
    run.announce.warn(&format!(
        "makes pod {namespace}/{name}, a copy of the pod for one container, and deletes it again; it ends by itself after {seconds} s"
    ));
    let pods = format!("/api/v1/namespaces/{}/pods", encode(namespace));
    // It is made note of before it is there: an answer that is lost is no reason to leave it.
    run.leftovers.add(Made {
        client: run.client.clone(),
        namespace: namespace.to_owned(),
        name: name.clone(),
        ends_at: run.now() + SignedDuration::from_secs(seconds),
    });
    let place = Place { namespace, pod: &name, container };
    let seen = async {
        run.client.post::<Value>(&pods, &pod).await.map_err(|error| {
            if error.is_refusal() {
                run.leftovers.forget(&name);
            }
            Obstacle::of_request("the copy of the pod was refused", &error)
        })?;
        waiting::until_running(run.client, (namespace, &name), ("containerStatuses", container)).await?;
        session::attach(run.client, place).await
    };
    let seen = run.in_time(Mode::Pod, container, seen).await;
    if let Some(stays) = run.leftovers.remove(&name).await {
        run.announce.warn(&stays);
        run.leaves(stays);
    }
    Ok(Probed { place: ProbePlace::Pod(name), report: seen? })
}

/// The pod: of its labels only the one that the webhook honours, so that nothing that selects pods takes it for one of its own.
fn pod(original: &Value, container: &Value, name: &str, seconds: i64) -> Value {
    let mut spec = Map::new();
    for field in KEPT {
        let value = &original["spec"][field];
        if !value.is_null() {
            spec.insert(field.to_owned(), value.clone());
        }
    }
    let mounted: Vec<Value> = container["volumeMounts"].as_array().cloned().unwrap_or_default();
    let is_mounted = |volume: &&Value| mounted.iter().any(|mount| mount["name"] == volume["name"]);
    let volumes: Vec<&Value> =
        original["spec"]["volumes"].as_array().into_iter().flatten().filter(is_mounted).collect();
    spec.insert("volumes".to_owned(), json!(volumes));
    spec.insert("containers".to_owned(), json!([container]));
    spec.insert("restartPolicy".to_owned(), json!("Never"));
    spec.insert("automountServiceAccountToken".to_owned(), json!(false));
    spec.insert("enableServiceLinks".to_owned(), json!(false));
    spec.insert("terminationGracePeriodSeconds".to_owned(), json!(0));
    spec.insert("activeDeadlineSeconds".to_owned(), json!(seconds));
    let one = |kind: &str, key: &str| {
        let value = &original["metadata"][kind][key];
        if value.is_null() { json!({}) } else { json!({ key: value }) }
    };
    let mut labels = one("labels", SKIP_LABEL);
    labels["app.kubernetes.io/managed-by"] = json!("kubectl-podid");
    json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": { "name": name, "labels": labels, "annotations": one("annotations", SKIP_CONTAINERS) },
        "spec": spec,
    })
}
