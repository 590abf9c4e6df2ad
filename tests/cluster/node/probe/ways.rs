//! Each way into a pod, and which one `auto` takes.

use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::support::api::eventually;
use crate::support::probed::{IMAGE, container, sts};
use crate::support::real_node::{NodeScene, node};
use crate::support::rights;

const ALL: [(&str, &str); 4] = [("PID920", "passed"), ("PID930", "passed"), ("PID940", "passed"), ("PID950", "passed")];

fn one(container: Value) -> Value {
    json!({ "spec": { "containers": [container] } })
}

#[test]
fn into_the_container_itself() {
    let scene = NodeScene::new("probe-exec");
    scene.pod(one(container("app")));
    let probed = scene.probe("exec", &[]);
    probed.report.expect("healthy", 0, &[]).statuses(&ALL).statuses(&[("PID970", "passed")]);
    assert_eq!(probed.report.document["sideEffects"], json!([]));
    assert!(probed.announced.contains("runs podid-probe in container app"), "{}", probed.announced);
    scene.is_clean("app");
}

#[test]
fn beside_a_container_without_a_shell() {
    let scene = NodeScene::new("probe-bare");
    let mut bare = container("app");
    bare["image"] = json!("registry.example/bare:1");
    bare["command"] = json!(["/bin/sleep", "1000000"]);
    bare["securityContext"] = json!({ "runAsUser": 1000 });
    scene.pod(one(bare));
    let refused = scene.probe("exec", &[]);
    refused.report.gaps(&[("PID930", "insufficient")]).says("has no shell");
    let probed = scene.probe("auto", &[]);
    probed.report.expect("healthy", 0, &[]).statuses(&ALL).statuses(&[("PID970", "passed")]);
    assert!(probed.announced.contains("--probe=exec is not possible here"), "{}", probed.announced);
    assert!(probed.announced.contains("adds ephemeral container podid-probe-"), "{}", probed.announced);
    assert_eq!(probed.report.document["sideEffects"].as_array().map(Vec::len), Some(1));
}

#[test]
fn beside_a_container_that_can_only_be_read() {
    let scene = NodeScene::new("probe-read-only");
    let mut own = container("app");
    own["securityContext"] = json!({ "readOnlyRootFilesystem": true, "runAsUser": 1000 });
    scene.pod(one(own));
    let probed = scene.probe("auto", &[]);
    probed.report.expect("healthy", 0, &[]).statuses(&ALL);
    assert!(probed.announced.contains("no place"), "{}", probed.announced);
}

/// The image has no shell, and nothing could pull it.
#[test]
fn with_the_image_of_the_release_where_the_node_has_it() {
    let scene = NodeScene::new("probe-release-image");
    let mut own = container("app");
    own["securityContext"] = json!({ "readOnlyRootFilesystem": true, "runAsUser": 1000 });
    scene.pod(one(own));
    let image = concat!("localhost/kubectl-podid:v", env!("CARGO_PKG_VERSION"));
    let images = || scene.api.get(&format!("/api/v1/nodes/{}", node()))["status"]["images"].to_string();
    eventually("the kubelet lists the image", || images().contains(image).then_some(()));
    let probed = scene.probe_with("auto", &[]);
    probed.report.expect("healthy", 0, &[]).statuses(&ALL).statuses(&[("PID970", "passed")]);
    let pod = scene.api.get(&format!("/api/v1/namespaces/{}/pods/api", scene.namespace));
    assert_eq!(pod["spec"]["ephemeralContainers"][0]["image"], image);
    scene.probe_with("pod", &[]).report.expect("healthy", 0, &[]).statuses(&ALL);
}

#[test]
fn an_image_that_cannot_be_pulled_leaves_one_container() {
    let scene = NodeScene::new("probe-no-image");
    scene.pod(one(container("app")));
    let first = scene.probe("ephemeral", &["--probe-image", "registry.example/nowhere:1"]);
    first.report.expect("inconclusive", 3, &[]).gaps(&[("PID930", "insufficient")]).says("ErrImagePull");
    assert_eq!(first.report.document["sideEffects"].as_array().map(Vec::len), Some(1));
    let second = scene.probe("ephemeral", &["--probe-image", "registry.example/nowhere:1"]);
    second.report.expect("inconclusive", 3, &[]).says("of an earlier run still waits for image");
    assert_eq!(second.report.document["sideEffects"], json!([]));
    // Another image is tried.
    scene.probe("ephemeral", &[]).report.expect("healthy", 0, &[]).statuses(&ALL);
}

#[test]
fn where_only_restricted_pods_may_be() {
    let scene = NodeScene::new("probe-restricted");
    let labels = json!({ "pod-security.kubernetes.io/enforce": "restricted" });
    scene.api.patch(&format!("/api/v1/namespaces/{}", scene.namespace), &json!({ "metadata": { "labels": labels } }));
    let mut own = container("app");
    own["securityContext"] = json!({ "allowPrivilegeEscalation": false, "runAsNonRoot": true, "runAsUser": 4711,
        "capabilities": { "drop": ["ALL"] }, "seccompProfile": { "type": "RuntimeDefault" } });
    scene.pod(one(own));
    // The token is private to that user.
    for mode in ["exec", "ephemeral", "pod"] {
        scene.probe(mode, &[]).report.expect("healthy", 0, &[]).statuses(&ALL);
    }
    scene.is_clean("app");
}

#[test]
fn in_a_copy_of_the_pod() {
    let scene = NodeScene::new("probe-pod");
    scene.pod(one(container("app")));
    let probed = scene.probe("pod", &[]);
    probed.report.expect("healthy", 0, &[]).statuses(&ALL).gaps(&[("PID970", "insufficient")]);
    assert!(
        probed.announced.contains("a copy of the pod for one container, and deletes it again"),
        "{}",
        probed.announced
    );
    assert_eq!(probed.report.document["sideEffects"], json!([]));
}

#[test]
fn beside_a_container_that_crashes() {
    let scene = NodeScene::new("probe-crash");
    let path = format!("/api/v1/namespaces/{}/pods", scene.namespace);
    let pod = json!({ "apiVersion": "v1", "kind": "Pod", "metadata": { "name": "api" }, "spec": { "serviceAccountName": "api",
        "terminationGracePeriodSeconds": 0, "containers": [{ "name": "app", "image": IMAGE, "command": ["false"], "env": [sts()] }] } });
    scene.api.create(&path, &pod);
    eventually("the container waits for its next start", || {
        let pod = scene.api.get(&format!("{path}/api"));
        (pod["status"]["containerStatuses"][0]["state"]["waiting"]["reason"] == "CrashLoopBackOff").then_some(())
    });
    let probed = scene.probe("auto", &[]);
    probed.report.statuses(&ALL).gaps(&[("PID970", "insufficient")]);
}

#[test]
fn a_missing_right_is_said_before_anything_is_made() {
    let scene = NodeScene::new("probe-rights");
    scene.pod(one(container("app")));
    let rules = [rights::rule("", &["pods"], &["get", "list", "create"])];
    rights::grant(&scene.api, &scene.namespace, "reader", &rules);
    let arguments = ["api", "--probe=pod", "--probe-image", IMAGE, "-o", "json"];
    let outcome = scene.doctor(&arguments).user("reader").run();
    assert!(
        outcome.stdout.contains("needs get pods/attach in") && outcome.stdout.contains("delete pods in"),
        "{}",
        outcome.stdout
    );
    assert_eq!(scene.api.list(&format!("/api/v1/namespaces/{}/pods", scene.namespace)).len(), 1);
}

#[test]
fn an_interrupted_run_takes_its_copy_away() {
    let scene = NodeScene::new("probe-interrupted");
    scene.pod(one(container("app")));
    let doctor = scene.doctor(&["api", "--probe=pod", "--probe-image", "registry.example/slow:1"]);
    let (program, arguments, variables) = doctor.command();
    let child = Command::new(program)
        .args(arguments)
        .env_clear()
        .envs(variables)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let mut child = child.expect("the binary starts");
    let copies = || {
        let pods = scene.api.list(&format!("/api/v1/namespaces/{}/pods", scene.namespace));
        pods.into_iter().filter(|pod| pod["metadata"]["name"] != "api").count()
    };
    eventually("the copy is there", || (copies() == 1).then_some(()));
    let id = child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().expect("kill starts").success());
    let ended = child.wait().expect("it ends");
    assert_eq!((ended.code(), copies()), (Some(130), 0));
}

#[test]
fn a_probe_that_takes_too_long_is_unknown_and_leaves_nothing() {
    let scene = NodeScene::new("probe-late");
    scene.pod(one(container("app")));
    let probed = scene.probe("exec", &["--probe-timeout", "20ms"]);
    probed.report.expect("inconclusive", 3, &[]).gaps(&[("PID930", "timedOut"), ("PID950", "timedOut")]);
    eventually("nothing is left", || {
        let found = scene.shell("app", "ls -A /tmp; ps");
        (!found.contains("podid")).then_some(())
    });
}
