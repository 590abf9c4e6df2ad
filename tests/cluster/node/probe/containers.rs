//! What a look into a container tells that no API does.

use serde_json::{Value, json};

use crate::support::probed::{IMAGE, container, sts};
use crate::support::real_node::NodeScene;

fn running(command: &str) -> Value {
    let container = json!({ "name": "app", "image": IMAGE, "command": ["sh", "-c", command], "env": [sts()] });
    json!({ "spec": { "containers": [container] } })
}

#[test]
fn an_entrypoint_that_unset_the_variables() {
    let scene = NodeScene::new("probe-unset");
    let unset = "unset AWS_CONTAINER_CREDENTIALS_FULL_URI AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE; exec sleep 1000000";
    scene.pod(running(unset));
    scene.doctor(&["api"]).report().expect("healthy", 0, &[]);
    let probed = scene.probe("exec", &[]);
    probed.report.expect("degraded", 0, &["PID970"]).statuses(&[("PID940", "passed")]).says("process sleep without");
}

#[test]
fn an_entrypoint_that_brings_keys_of_its_own() {
    let scene = NodeScene::new("probe-keys");
    scene.pod(running(
        "export AWS_ACCESS_KEY_ID=AKIAI44QH8DHBEXAMPLE AWS_SECRET_ACCESS_KEY=of-the-test; exec sleep 1000000",
    ));
    scene.doctor(&["api"]).report().expect("healthy", 0, &[]);
    let probed = scene.probe("exec", &[]);
    probed.report.expect("degraded", 0, &["PID970"]).says("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY");
    let text = probed.report.document.to_string();
    assert!(!text.contains("of-the-test") && !text.contains("AKIAI44QH8DHBEXAMPLE"), "{text}");
}

#[test]
fn an_image_that_brings_a_profile() {
    let scene = NodeScene::new("probe-profile");
    let lines = "[default]\\naws_access_key_id = AKIAI44QH8DHBEXAMPLE\\naws_secret_access_key = of-the-test\\n";
    scene
        .pod(running(&format!("mkdir -p $HOME/.aws && printf '{lines}' > $HOME/.aws/credentials; exec sleep 1000000")));
    scene.doctor(&["api"]).report().expect("healthy", 0, &[]);
    let probed = scene.probe("exec", &[]);
    probed.report.expect("broken", 1, &["PID430"]).says(".aws/credentials");
    let text = probed.report.document.to_string();
    assert!(!text.contains("of-the-test") && !text.contains("AKIAI44QH8DHBEXAMPLE"), "{text}");
}

#[test]
fn keys_in_the_specification() {
    let scene = NodeScene::new("probe-spec-keys");
    let mut own = container("app");
    let keys = json!([{ "name": "AWS_ACCESS_KEY_ID", "value": "AKIAI44QH8DHBEXAMPLE" }, { "name": "AWS_SECRET_ACCESS_KEY", "value": "of-the-test" }, sts()]);
    own["env"] = keys;
    scene.pod(json!({ "spec": { "containers": [own] } }));
    scene.doctor(&["api"]).report().expect("broken", 1, &["PID410"]);
    let probed = scene.probe("exec", &[]);
    probed.report.expect("broken", 1, &["PID410"]).statuses(&[("PID940", "passed"), ("PID970", "passed")]);
    assert!(!probed.report.document.to_string().contains("of-the-test"));
}

#[test]
fn a_volume_of_its_own_where_the_token_belongs() {
    let scene = NodeScene::new("probe-volume");
    let volumes = json!([{ "name": "eks-pod-identity-token", "emptyDir": {} }]);
    let pod = json!({ "spec": { "volumes": volumes, "containers": [container("app")] } });
    scene.pod(pod);
    scene.doctor(&["api"]).report().expect("broken", 1, &["PID360"]);
    let probed = scene.probe("exec", &[]);
    probed.report.expect("broken", 1, &["PID360"]).statuses(&[
        ("PID920", "failed"),
        ("PID930", "passed"),
        ("PID940", "notApplicable"),
    ]);
}

#[test]
fn a_token_for_another_audience() {
    let scene = NodeScene::new("probe-audience");
    let token = json!({ "serviceAccountToken": { "audience": "sts.amazonaws.com", "path": "eks-pod-identity-token" } });
    let volumes = json!([{ "name": "eks-pod-identity-token", "projected": { "sources": [token] } }]);
    scene.pod(json!({ "spec": { "volumes": volumes, "containers": [container("app")] } }));
    scene.doctor(&["api"]).report().expect("broken", 1, &["PID360"]);
    let probed = scene.probe("exec", &[]);
    probed
        .report
        .expect("broken", 1, &["PID360"])
        .statuses(&[("PID920", "failed"), ("PID940", "failed")])
        .says("audience sts.amazonaws.com");
}

#[test]
fn two_containers_of_which_one_is_left_out() {
    let scene = NodeScene::new("probe-skipped");
    let annotations = json!({ "eks.amazonaws.com/skip-containers": "sidecar" });
    scene.pod(json!({ "metadata": { "annotations": annotations }, "spec": { "containers": [container("app"), container("sidecar")] } }));
    let probed = scene.probe("exec", &[]);
    probed.report.statuses(&[("PID920", "passed"), ("PID940", "passed"), ("PID950", "passed")]);
    let containers = probed.report.check("PID940")["containers"].clone();
    assert_eq!(containers[1]["status"], "notApplicable", "{containers:#}");
    let alone = scene.probe("exec", &["-c", "app"]);
    assert!(!alone.announced.contains("sidecar"), "{}", alone.announced);
}

#[test]
fn on_the_hosts_network() {
    let scene = NodeScene::new("probe-host");
    scene.pod(json!({ "spec": { "hostNetwork": true, "containers": [container("app")] } }));
    let probed = scene.probe("exec", &[]);
    probed.report.expect("healthy", 0, &[]).statuses(&[
        ("PID930", "passed"),
        ("PID940", "passed"),
        ("PID950", "passed"),
    ]);
}

#[test]
fn an_init_container_that_is_asked_for() {
    let scene = NodeScene::new("probe-init");
    let path = format!("/api/v1/namespaces/{}/pods", scene.namespace);
    let pod = json!({ "apiVersion": "v1", "kind": "Pod", "metadata": { "name": "api" }, "spec": { "serviceAccountName": "api",
        "terminationGracePeriodSeconds": 0, "initContainers": [container("first")], "containers": [container("app")] } });
    scene.api.create(&path, &pod);
    crate::support::api::eventually("the init container runs", || {
        let pod = scene.api.get(&format!("{path}/api"));
        (!pod["status"]["initContainerStatuses"][0]["state"]["running"].is_null()).then_some(())
    });
    let probed = scene.probe("exec", &["-c", "first"]);
    probed.report.statuses(&[("PID920", "passed"), ("PID930", "passed"), ("PID940", "passed")]);
}

#[test]
fn an_sdk_that_is_older_than_pod_identity() {
    let scene = NodeScene::new("probe-sdk");
    let package = "/usr/lib/python3.11/site-packages/botocore-1.31.0.dist-info";
    scene.pod(running(&format!("mkdir -p {package}; exec sleep 1000000")));
    scene.doctor(&["api"]).report().expect("healthy", 0, &[]).statuses(&[("PID490", "notApplicable")]);
    let probed = scene.probe("exec", &[]);
    probed.report.expect("degraded", 0, &["PID490"]).says(package).says("botocore 1.32.0 or newer");
    // The agent serves the container all the same: it is the SDK that would not ask it.
    probed.report.statuses(&[("PID940", "passed")]);
}
