//! EKS Auth that the agent cannot reach: each way has its own words in the agent's log, and none in the pod's answer.

use serde_json::json;

use crate::support::real_node::NodeScene;

/// Lets the pod ask, and expects the same cause, told in words of its own.
fn unreachable(scene: &NodeScene, words: &str) {
    let output = scene.pod_that_asks(json!({}));
    assert!(output.contains("500") && !output.contains("served"), "{output}");
    let report = scene.doctor(&["api"]).report();
    report.expect("broken", 1, &["PID720"]).statuses(&[("PID640", "passed"), ("PID690", "failed")]).says(words);
    scene.probe("exec", &[]).report.expect("broken", 1, &["PID720"]).statuses(&[("PID940", "failed")]);
}

#[test]
fn connection_refused() {
    let scene = NodeScene::alone("reach-refused");
    // Nothing listens there.
    scene.move_eks_auth(Some("10.0.0.2"));
    unreachable(&scene, "dial tcp 10.0.0.2:443: connect: connection refused");
}

#[test]
fn no_such_host() {
    let scene = NodeScene::alone("reach-host");
    scene.move_eks_auth(None);
    unreachable(&scene, "lookup eks-auth.eu-west-1.api.aws on 10.0.0.2:53: no such host");
}

#[test]
fn certificate_of_a_stranger() {
    let scene = NodeScene::alone("reach-tls");
    scene.move_eks_auth(Some("10.0.0.12"));
    unreachable(&scene, "x509: certificate signed by unknown authority");
}

#[test]
fn silence() {
    // What the agent has met lasts: other pods of the node would be told of it.
    let scene = NodeScene::alone("reach-silence");
    scene.amazon.fault_for_pods(&scene.namespace, json!({ "kind": "hang" }));
    unreachable(&scene, "Client.Timeout exceeded while awaiting headers");
}
