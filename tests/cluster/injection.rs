//! Faults in what the webhook is to put into a pod when it is created.

use serde_json::json;

use crate::support::api::eventually;
use crate::support::scene::{Machine, Scene};
use crate::support::trust;
use crate::support::webhook;
use crate::support::workloads::{container, container_with};

#[test]
fn webhook_configuration_deleted() {
    let scene = Scene::alone("no-webhook", Machine::Linux);
    scene.place().pod(json!({ "metadata": { "name": "before" } }));
    webhook::delete(&scene.api);
    scene.wait_until_injecting(false);
    scene.pod(json!({}));
    let report = scene.doctor(&["api"]).report();
    report.expect("broken", 1, &["PID310"]).statuses(&[
        ("PID210", "passed"),
        ("PID220", "passed"),
        ("PID340", "failed"),
    ]);
    // A pod of before has what it needs: only the next one has not.
    let report = scene.doctor(&["before"]).report();
    report.expect("degraded", 0, &["PID310"]).statuses(&[("PID340", "passed")]);

    webhook::restore(&scene.api);
    scene.wait_until_injecting(true);
}

#[test]
fn namespace_left_out_by_its_selector() {
    let scene = Scene::alone("left-out", Machine::Linux);
    let mut hook = webhook::current(&scene.api);
    hook["namespaceSelector"] = json!({ "matchExpressions": [
        { "key": "kubernetes.io/metadata.name", "operator": "NotIn", "values": ["kube-system", &scene.namespace] },
    ] });
    webhook::change(&scene.api, &json!({ "webhooks": [hook] }));
    scene.wait_until_injecting(false);
    scene.pod(json!({}));
    let report = scene.doctor(&["api"]).report();
    report.expect("broken", 1, &["PID310"]).statuses(&[("PID320", "passed"), ("PID340", "failed")]);
    report.says(&format!("leaves out namespace {}", scene.namespace));

    webhook::restore(&scene.api);
    scene.wait_until_injecting(true);
}

#[test]
fn skip_label() {
    let scene = Scene::new("skip-label");
    scene.pod(json!({ "metadata": { "labels": { "eks.amazonaws.com/skip-pod-identity-webhook": "false" } } }));
    let report = scene.doctor(&["api"]).report();
    report.expect("broken", 1, &["PID320"]).statuses(&[("PID310", "passed"), ("PID340", "failed")]);
}

#[test]
fn skip_containers_names_the_only_container() {
    let scene = Scene::new("skip-container");
    scene.pod(json!({ "metadata": { "annotations": { "eks.amazonaws.com/skip-containers": "app" } } }));
    let report = scene.doctor(&["api"]).report();
    report.expect("broken", 1, &["PID330"]).statuses(&[("PID320", "passed"), ("PID340", "failed")]);
}

#[test]
fn skip_containers_names_one_of_two() {
    let scene = Scene::new("skip-helper");
    scene.pod(json!({
        "metadata": { "annotations": { "eks.amazonaws.com/skip-containers": "helper" } },
        "spec": { "containers": [container("app"), container("helper")] },
    }));
    let report = scene.doctor(&["api"]).report();
    report.expect("healthy", 0, &[]).statuses(&[("PID330", "failed"), ("PID340", "passed")]);
    // Whoever asks for the container that was left out wants it to have an identity.
    scene.doctor(&["api", "-c", "helper"]).report().expect("broken", 1, &["PID330"]);
}

#[test]
fn one_variable_preset_in_the_template() {
    let scene = Scene::new("preset");
    let preset = [("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://169.254.170.2/v2/credentials")];
    let template = json!({ "spec": { "containers": [container_with("app", &preset)] } });
    let pods = scene.place().workload("Deployment", "api", 1, template);
    let report = scene.doctor(&[&pods[0]]).report();
    report.expect("broken", 1, &["PID350"]).statuses(&[("PID340", "failed"), ("PID310", "passed")]);
    report.says("AWS_CONTAINER_CREDENTIALS_FULL_URI").says("deployment/api");
}

/// Changes how many pods a deployment wants.
fn scale(scene: &Scene, replicas: usize) {
    scene.api.patch(&scene.path("/apis/apps/v1", "deployments/api"), &json!({ "spec": { "replicas": replicas } }));
}

/// The pods of the deployment, the oldest first, once there are so many.
fn pods(scene: &Scene, count: usize) -> Vec<String> {
    let path = scene.path("/api/v1", "pods?labelSelector=app%3Dapi");
    let mut made = eventually("the pods of the deployment", || {
        let made = scene.api.list(&path);
        (made.len() == count).then_some(made)
    });
    made.sort_by_key(|pod| pod["metadata"]["creationTimestamp"].as_str().map(str::to_owned));
    made.iter().filter_map(|pod| pod["metadata"]["name"].as_str().map(str::to_owned)).collect()
}

#[test]
fn one_of_two_siblings_was_missed_by_the_webhook() {
    let scene = Scene::alone("siblings", Machine::Linux);
    let first = scene.place().workload("Deployment", "api", 1, json!({})).remove(0);
    webhook::delete(&scene.api);
    scene.wait_until_injecting(false);
    scale(&scene, 2);
    let second = pods(&scene, 2).into_iter().find(|name| *name != first).expect("another pod");
    scene.place().run(&second);
    webhook::restore(&scene.api);
    scene.wait_until_injecting(true);

    let report = scene.doctor(&[&first]).report();
    report.expect("degraded", 0, &["PID370"]).statuses(&[("PID340", "passed")]);
    report.says(&format!("kubectl -n {} delete pod {second}", scene.namespace));
    let report = scene.doctor(&[&second]).report();
    report.expect("broken", 1, &["PID340", "PID370"]).statuses(&[("PID220", "passed"), ("PID310", "passed")]);
    report.says("1 of 1 others have the variables");
}

#[test]
fn a_sibling_from_before_the_association_is_no_sign_of_a_webhook_that_fails() {
    let scene = Scene::without_association("older-sibling", Machine::Linux);
    let first = scene.place().workload("Deployment", "api", 1, json!({})).remove(0);
    // Differences of less than five seconds are the clocks'.
    std::thread::sleep(std::time::Duration::from_secs(6));
    let role = scene.amazon.role(&scene.namespace, trust::pods());
    scene.amazon.associate(&scene.namespace, "api", &role);
    scene.wait_until_injecting(true);
    scale(&scene, 2);
    let second = pods(&scene, 2).into_iter().find(|name| *name != first).expect("another pod");
    scene.place().run(&second);

    let report = scene.doctor(&[&first]).report();
    report.expect("broken", 1, &["PID220"]).statuses(&[("PID370", "passed")]);
    let interval = &report.document["causes"][0]["interval"];
    assert_eq!((&interval["from"], &interval["to"]), (&json!("podCreated"), &json!("associationCreated")));
    assert!(interval["seconds"].as_i64().is_some_and(|seconds| (5..60).contains(&seconds)), "{interval:#}");
    scene.doctor(&[&second]).report().expect("healthy", 0, &[]).statuses(&[("PID370", "passed")]);
}

#[test]
fn the_template_mounts_a_volume_where_the_token_belongs() {
    let scene = Scene::new("second-mount");
    let path = "/var/run/secrets/pods.eks.amazonaws.com/serviceaccount";
    let mut own = container("app");
    own["volumeMounts"] = json!([{ "name": "mine", "mountPath": path }]);
    let template = json!({ "spec": { "volumes": [{ "name": "mine", "emptyDir": {} }], "containers": [own] } });
    scene.place().workload("Deployment", "api", 0, template);
    scale(&scene, 1);
    let events = scene.path("/api/v1", "events?fieldSelector=reason%3DFailedCreate");
    eventually("the replica set tries", || (!scene.api.list(&events).is_empty()).then_some(()));

    let reports = scene.doctor(&["deploy/api"]).reports();
    reports[0].expect("broken", 1, &["PID395"]).says("volume mine of container app").says("is a second mount at");
}
