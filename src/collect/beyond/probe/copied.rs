//! A probe in a container of its own: an ephemeral one in the pod, or in a copy of the pod.

use jiff::SignedDuration;
use serde_json::{Map, Value, json};

use crate::collect::access::clients::KubernetesError;
use crate::collect::beyond::leftovers::{KnownBy, Made};
use crate::collect::beyond::probe::choice::{Mode, Run, name_of_own};
use crate::collect::beyond::probe::image::Image;
use crate::collect::beyond::probe::session::{PREFIX, Place};
use crate::collect::beyond::probe::waiting::Obstacle;
use crate::collect::beyond::probe::{session, waiting};
use crate::collect::read::kubernetes::encode;
use crate::evidence::kubernetes::environment::is_relevant;
use crate::evidence::kubernetes::metadata::{SKIP_CONTAINERS, SKIP_LABEL};
use crate::evidence::{GapReason, ProbePlace, Probed};

/// The user where neither container nor pod says one: nobody in particular, and not root.
pub(super) const USER: i64 = 65532;
/// Variables that name files which decide about credentials, or which the probe reads.
const FILES: [&str; 6] = [
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_CONFIG_FILE",
    "AWS_CA_BUNDLE",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "SSL_CERT_FILE",
];

/// Variables whose values are secrets; the probe asks the agent without them.
const SECRET: [&str; 4] =
    ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_CONTAINER_AUTHORIZATION_TOKEN"];

/// What makes one copy differ from another.
#[derive(Debug, Clone, Copy)]
pub(super) struct Copy<'a> {
    /// The new container's name.
    pub name: &'a str,
    /// Its image.
    pub image: &'a Image,
    /// What it runs.
    pub command: &'a [String],
}

/// A container of a pod's specification, by name.
pub(super) fn find<'p>(pod: &'p Value, name: &str) -> Option<&'p Value> {
    let lists = ["containers", "initContainers"].into_iter().filter_map(|list| pod["spec"][list].as_array());
    lists.flatten().find(|container| container["name"] == name)
}

/// The copy of a container.
pub(super) fn of(pod: &Value, container: &Value, copy: Copy<'_>) -> Value {
    let mut made = Map::new();
    made.insert("name".to_owned(), json!(copy.name));
    made.insert("image".to_owned(), json!(copy.image.name));
    made.insert("imagePullPolicy".to_owned(), json!(copy.image.pull_policy()));
    made.insert("command".to_owned(), json!(copy.command));
    made.insert("stdin".to_owned(), json!(true));
    made.insert("stdinOnce".to_owned(), json!(true));
    made.insert("terminationMessagePolicy".to_owned(), json!("File"));
    // The image is somebody else's: of the application's variables it gets those that SDKs look at, and none that is a secret.
    let told =
        |variable: &&Value| variable["name"].as_str().is_some_and(|name| is_relevant(name) && !SECRET.contains(&name));
    made.insert("env".to_owned(), list(&container["env"]).filter(told).cloned().collect());
    made.insert("volumeMounts".to_owned(), mounts(container).into());
    made.insert("securityContext".to_owned(), security(pod, container));
    Value::Object(made)
}

/// The mounts that hold the token, and files that variables name; never in a part of a volume, which copies may not have.
pub(super) fn mounts(container: &Value) -> Vec<Value> {
    let files: Vec<&str> = list(&container["env"])
        .filter(|variable| FILES.iter().any(|name| variable["name"] == *name))
        .filter_map(|variable| variable["value"].as_str())
        .collect();
    let holds = |mount: &&Value| {
        let path = mount["mountPath"].as_str().unwrap_or_default().trim_end_matches('/');
        let is_whole = mount["subPath"].is_null() && mount["subPathExpr"].is_null();
        is_whole && path.len() > 1 && files.iter().any(|file| file.starts_with(&format!("{path}/")))
    };
    let read_only = |mount: &Value| json!({ "name": mount["name"], "mountPath": mount["mountPath"], "readOnly": true });
    list(&container["volumeMounts"]).filter(holds).map(read_only).collect()
}

/// The user of the container, else of the pod; nothing else that the container may do.
fn security(pod: &Value, container: &Value) -> Value {
    let of = |field: &str| {
        let own = &container["securityContext"][field];
        if own.is_null() { pod["spec"]["securityContext"][field].as_i64() } else { own.as_i64() }
    };
    let user = of("runAsUser").unwrap_or(USER);
    let mut context = json!({
        "runAsUser": user,
        "runAsNonRoot": user != 0,
        "allowPrivilegeEscalation": false,
        "capabilities": { "drop": ["ALL"] },
        "seccompProfile": { "type": "RuntimeDefault" },
    });
    if let Some(group) = of("runAsGroup") {
        context["runAsGroup"] = json!(group);
    }
    context
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

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
    let original = find(&spec, container);
    let original = original.ok_or_else(|| Obstacle::local(format!("the pod has no container {container}")))?;
    let (namespace, name) = (run.namespace, name_of_own());
    let (image, command) = (run.image().await, run.command(None).await);
    let made = of(&spec, original, Copy { name: container, image, command: &command });
    let seconds = i64::try_from(run.patience().as_secs()).unwrap_or(i64::MAX).saturating_add(GRACE);
    let pod = pod(&spec, &made, &name, seconds);
    run.announce.warn(&format!(
        "makes pod {namespace}/{name}, a copy of the pod for one container, and deletes it again; it ends by itself after {seconds} s"
    ));
    let pods = format!("/api/v1/namespaces/{}/pods", encode(namespace));
    // It is made note of before it is there: an answer that is lost is no reason to leave it.
    let path = format!("{pods}/{}", encode(&name));
    let ends_at = (run.now() + SignedDuration::from_secs(seconds)).strftime("%H:%M:%S");
    run.leftovers.add(Made {
        client: run.client.clone(),
        path: path.clone(),
        name: name.clone(),
        what: format!("pod {namespace}/{name}"),
        otherwise: format!(
            "its containers end at about {ends_at}, and kubectl delete pod {name} -n {namespace} takes it away"
        ),
        known_by: KnownBy::Name,
    });
    let place = Place { namespace, pod: &name, container };
    let seen = async {
        run.client.post::<Value>(&pods, &pod).await.map_err(|error| {
            if error.is_refusal() {
                run.leftovers.forget(&path);
            }
            Obstacle::of_request("the copy of the pod was refused", &error)
        })?;
        waiting::until_running(run.client, (namespace, &name), ("containerStatuses", container)).await?;
        session::attach(run.client, place).await
    };
    let seen = run.in_time(Mode::Pod, container, seen).await;
    if let Some(stays) = run.leftovers.remove(&path).await {
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

/// Adds the container, and runs the probe in it.
pub(super) async fn run_ephemeral(run: &Run<'_>, container: &str) -> Result<Probed, Obstacle> {
    let (namespace, pod) = (run.namespace, run.pod_name);
    let spec = run.raw_pod().await?;
    let original = find(&spec, container);
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
    let mut made = of(&spec, original, Copy { name: &name, image, command: &command });
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Copy, Image, of};

    fn image() -> Image {
        Image { name: "busybox".to_owned() }
    }

    #[test]
    fn a_copy_has_variables_token_and_user_and_nothing_else() {
        let token = "/var/run/secrets/pods.eks.amazonaws.com/serviceaccount";
        let container = json!({ "name": "app", "image": "app:1", "ports": [{ "containerPort": 80 }],
            "envFrom": [{ "secretRef": { "name": "database" } }],
            "env": [{ "name": "DATABASE_PASSWORD", "value": "hunter2" },
                    { "name": "AWS_SECRET_ACCESS_KEY", "valueFrom": { "secretKeyRef": { "name": "a", "key": "b" } } },
                    { "name": "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "value": format!("{token}/eks-pod-identity-token") }],
            "volumeMounts": [{ "name": "data", "mountPath": "/data" }, { "name": "root", "mountPath": "/" },
                             { "name": "eks-pod-identity-token", "mountPath": token, "readOnly": true }],
            "securityContext": { "privileged": true } });
        let pod = json!({ "spec": { "securityContext": { "runAsUser": 1000 }, "containers": [container] } });
        let made = of(&pod, &container, Copy { name: "probe", image: &image(), command: &["true".to_owned()] });
        assert_eq!(made["securityContext"]["runAsUser"], 1000);
        assert_eq!(made["securityContext"]["privileged"], json!(null));
        assert_eq!(
            made["volumeMounts"],
            json!([{ "name": "eks-pod-identity-token", "mountPath": token, "readOnly": true }])
        );
        assert_eq!((&made["ports"], &made["envFrom"]), (&json!(null), &json!(null)));
        assert_eq!(made["env"], json!([container["env"][2]]));
    }

    #[test]
    fn the_user_is_the_containers_then_the_pods_then_nobody() {
        let user = |pod, container| {
            let (pod, container) =
                (json!({ "spec": { "securityContext": pod } }), json!({ "securityContext": container }));
            of(&pod, &container, Copy { name: "p", image: &image(), command: &[] })["securityContext"]["runAsUser"]
                .clone()
        };
        assert_eq!(user(json!({ "runAsUser": 1 }), json!({ "runAsUser": 2 })), 2);
        assert_eq!(user(json!({ "runAsUser": 1 }), json!({})), 1);
        assert_eq!(user(json!(null), json!(null)), 65532);
        assert_eq!(user(json!(null), json!({ "runAsUser": 0 })), 0);
    }
}
