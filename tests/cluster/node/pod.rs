//! Faults of the pod, as real pods have them.

use serde_json::{Value, json};

use crate::support::api::eventually;
use crate::support::hold::Hold;
use crate::support::real_node::NodeScene;
use crate::support::workloads;

fn container(name: &str) -> Value {
    json!({ "name": name, "image": "registry.example/api:1.4.2", "command": ["sleep", "1000000"] })
}

#[test]
fn older_than_its_association() {
    let scene = NodeScene::without_association("pod-older", Hold::shared());
    let pod = scene.pod(json!({ "spec": { "containers": [container("app")] } }));
    assert!(!pod.to_string().contains("AWS_CONTAINER"), "{pod:#}");
    // A second counts: Kubernetes keeps whole ones.
    std::thread::sleep(std::time::Duration::from_millis(1100));
    let role = scene.amazon.role(&scene.namespace, crate::support::trust::pods());
    scene.amazon.associate(&scene.namespace, "api", &role);
    scene.wait_until_injecting();
    scene.doctor(&["api"]).report().expect("broken", 1, &["PID220"]).statuses(&[("PID340", "failed")]);
    let probed = scene.probe("exec", &[]).report;
    probed.expect("broken", 1, &["PID220"]).statuses(&[("PID940", "notApplicable")]);
}

#[test]
fn with_the_label_that_keeps_the_webhook_away() {
    let scene = NodeScene::new("pod-skip-label");
    scene.pod(json!({ "metadata": { "labels": { "eks.amazonaws.com/skip-pod-identity-webhook": "true" } },
                      "spec": { "containers": [container("app")] } }));
    scene.doctor(&["api"]).report().expect("broken", 1, &["PID320"]);
    scene.probe("exec", &[]).report.expect("broken", 1, &["PID320"]).statuses(&[("PID940", "notApplicable")]);
}

#[test]
fn with_a_container_that_is_left_out() {
    let scene = NodeScene::new("pod-skip-container");
    let annotations = json!({ "eks.amazonaws.com/skip-containers": "sidecar" });
    scene.pod(json!({ "metadata": { "annotations": annotations },
                      "spec": { "containers": [container("app"), container("sidecar")] } }));
    let report = scene.doctor(&["api"]).report();
    assert_eq!(report.check("PID330")["status"], "failed", "{report}");
    let containers = report.check("PID340")["containers"].as_array().cloned().unwrap_or_default();
    let app = containers.iter().find(|one| one["name"] == "app").cloned().unwrap_or_default();
    assert_eq!(app["status"], "passed", "{report}");
}

#[test]
fn whose_process_cannot_read_the_token() {
    let scene = NodeScene::new("pod-token-mode");
    // One user for all containers: the kubelet gives the file to that user alone.
    let pod = json!({ "spec": { "securityContext": { "runAsUser": 4711 }, "containers": [
        { "name": "app", "image": "registry.example/api:1.4.2",
          "command": ["sh", "-c", "stat -L -c '%a %u' $AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE; echo asked; exec sleep 1000000"] },
    ] } });
    assert_eq!(scene.pod_that_asks(pod), "600 4711\nasked\n");
    scene.doctor(&["api"]).report().expect("healthy", 0, &[]);
}

#[test]
fn with_keys_that_outrank_the_agent() {
    let scene = NodeScene::new("pod-keys");
    let env = json!([{ "name": "AWS_ACCESS_KEY_ID", "value": "AKIAIOSFODNN7EXAMPLE" },
                     { "name": "AWS_SECRET_ACCESS_KEY", "value": "of-the-test" }]);
    let mut container = container("app");
    container["env"] = env;
    scene.pod(json!({ "spec": { "containers": [container] } }));
    let outcome = scene.doctor(&["api", "-o", "wide"]).run();
    assert!(!outcome.stdout.contains("of-the-test"), "{}", outcome.stdout);
    scene.doctor(&["api"]).report().expect("broken", 1, &["PID410"]);
}

#[test]
fn whose_volume_cannot_be_mounted() {
    let scene = NodeScene::new("pod-unmounted");
    let volume = json!({ "name": "settings", "configMap": { "name": "settings-of-yesterday" } });
    let mounting = json!({ "name": "app", "image": "registry.example/api:1.4.2", "command": ["sleep", "1000000"],
        "volumeMounts": [{ "name": "settings", "mountPath": "/settings" }] });
    let pods = format!("/api/v1/namespaces/{}/pods", scene.namespace);
    scene.api.create(&pods, &workloads::manifest(json!({ "spec": { "volumes": [volume], "containers": [mounting] } })));
    let events = format!("/api/v1/namespaces/{}/events?fieldSelector=reason%3DFailedMount", scene.namespace);
    eventually("the kubelet says that it cannot mount", || scene.api.list(&events).pop());
    scene.doctor(&["api"]).report().statuses(&[("PID392", "passed")]);
    // Nobody waits for two minutes: the pod was scheduled ten minutes ago. The kubelet writes its part of the status beside.
    let scheduled =
        (jiff::Timestamp::now() - jiff::SignedDuration::from_mins(10)).strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let report = eventually("the doctor knows that the pod waits", || {
        let mut conditions = scene.api.get(&format!("{pods}/api"))["status"]["conditions"].clone();
        for condition in conditions.as_array_mut().into_iter().flatten().filter(|one| one["type"] == "PodScheduled") {
            condition["lastTransitionTime"] = json!(scheduled);
        }
        scene.api.patch(&format!("{pods}/api/status"), &json!({ "status": { "conditions": conditions } }));
        let report = scene.doctor(&["api"]).report();
        (report.check("PID392")["status"] == "failed").then_some(report)
    });
    report.says("FailedMount").says("settings-of-yesterday");
}
