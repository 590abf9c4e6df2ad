//! Faults in what the webhook is to put into a pod when it is created.

use serde_json::json;

use crate::support::scene::{Machine, Scene};
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
