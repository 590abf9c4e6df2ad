//! What EKS Auth refuses, and why: by the world as it is, and by errors that it is made to answer.

use serde_json::{Value, json};

use crate::support::node_agent;
use crate::support::real_node::NodeScene;
use crate::support::report::Report;
use crate::support::trust;

/// Lets the pod ask EKS Auth, which answers with an error.
fn answered(scene: &NodeScene, status: u16, code: &str) -> Report {
    let error = json!({ "kind": "error", "status": status, "code": code, "message": "as told" });
    scene.amazon.fault_for_pods(&scene.namespace, error);
    let output = scene.pod_that_asks(json!({}));
    assert!(output.contains(&status.to_string()), "{output}");
    let report = scene.doctor(&["api"]).report();
    report.statuses(&[("PID640", "passed"), ("PID690", "failed")]).says(code);
    let probed = scene.probe("exec", &[]).report;
    probed.statuses(&[("PID930", "passed"), ("PID940", "failed")]);
    assert_eq!(causes(&probed), causes(&report), "{probed}");
    report
}

#[test]
fn a_trust_policy_for_something_else() {
    let scene = NodeScene::new("auth-trust");
    scene.amazon.role(&scene.namespace, trust::irsa(&scene.namespace, "api"));
    let output = scene.pod_that_asks(json!({}));
    assert!(output.contains("400"), "{output}");
    let report = scene.doctor(&["api"]).report();
    report.expect("broken", 1, &["PID820"]).statuses(&[("PID690", "failed")]);
    let explained = report.causes()[0]["explains"].as_array().cloned().unwrap_or_default();
    assert!(explained.contains(&json!("PID690")), "{report}");
}

#[test]
fn a_role_that_does_not_let_itself_be_tagged() {
    let scene = NodeScene::new("auth-tags");
    scene.amazon.role(&scene.namespace, trust::pods_without_tags());
    scene.pod_that_asks(json!({}));
    scene.doctor(&["api"]).report().expect("broken", 1, &["PID825"]).statuses(&[("PID690", "failed")]);
    scene.probe("exec", &[]).report.expect("broken", 1, &["PID825"]).statuses(&[("PID940", "failed")]);
}

#[test]
fn a_condition_on_another_namespace() {
    let scene = NodeScene::new("auth-condition");
    let condition = json!({ "StringEquals": { "aws:RequestTag/kubernetes-namespace": "elsewhere" } });
    scene.amazon.role(&scene.namespace, trust::pods_if(&condition));
    scene.pod_that_asks(json!({}));
    scene.doctor(&["api"]).report().expect("broken", 1, &["PID830"]).statuses(&[("PID690", "failed")]);
    scene.probe("exec", &[]).report.expect("broken", 1, &["PID830"]).statuses(&[("PID940", "failed")]);
}

#[test]
fn an_association_that_is_gone() {
    let scene = NodeScene::new("auth-gone");
    for id in scene.amazon.associations(&scene.namespace) {
        // The webhook takes a moment to forget, and the pod is made in it.
        scene.pod(json!({ "spec": { "containers": [{ "name": "app", "image": "registry.example/api:1.4.2", "command": ["sleep", "1000000"] }] } }));
        scene.amazon.dissociate(&id);
    }
    scene.doctor(&["api"]).report().expect("broken", 1, &["PID210"]);
    scene.probe("exec", &[]).report.expect("broken", 1, &["PID210"]);
}

#[test]
fn throttled() {
    // What befalls the whole node is told to other pods too.
    let report = answered(&NodeScene::alone("auth-throttled"), 429, "ThrottlingException");
    assert!(causes(&report).contains(&"PID740"), "{report}");
}

#[test]
fn tokens_that_are_not_accepted() {
    for (status, code) in [(400, "ExpiredTokenException"), (400, "InvalidTokenException")] {
        let report = answered(&NodeScene::new("auth-token"), status, code);
        assert_eq!(causes(&report), ["PID750"], "{code}: {report}");
    }
}

#[test]
fn a_node_role_that_may_not() {
    let scene = NodeScene::alone("auth-node-role");
    // A success of before would show that the role may.
    node_agent::stop(&scene.api);
    node_agent::wait_until_ready(&scene.api);
    let allow = |actions: &Value| {
        let key = json!({ "ASIAIOSFODNN7NODEKEY": { "allowedActions": actions } });
        let role = json!({ "node": { "allowedActions": actions } });
        scene.amazon.change(json!({ "accessKeys": key, "accounts": { "111122223333": { "roles": role } } }));
    };
    allow(&json!(["ec2:*", "eks:*"]));
    let output = scene.pod_that_asks(json!({}));
    let report = scene.doctor(&["api"]).report();
    let probed = scene.probe("exec", &[]).report;
    allow(&Value::Null);
    assert!(output.contains("400"), "{output}");
    report.expect("broken", 1, &["PID710"]).statuses(&[("PID640", "passed"), ("PID690", "failed")]);
    probed.expect("broken", 1, &["PID710"]).statuses(&[("PID930", "passed"), ("PID940", "failed")]);
    let explained = report.causes()[0]["explains"].as_array().cloned().unwrap_or_default();
    assert!(explained.contains(&json!("PID690")), "{report}");
    report.says("eks-auth:AssumeRoleForPodIdentity").says("AmazonEKSWorkerNode");
}

#[test]
fn errors_of_which_nothing_more_is_known() {
    for (status, code) in [
        (404, "ResourceNotFoundException"),
        (400, "InvalidParameterException"),
        (400, "InvalidRequestException"),
        (500, "InternalServerException"),
        (503, "ServiceUnavailableException"),
    ] {
        let report = answered(&NodeScene::new("auth-error"), status, code);
        assert_eq!(causes(&report), ["PID690"], "{code}: {report}");
        report.expect("broken", 1, &["PID690"]);
    }
}

fn causes(report: &Report) -> Vec<&str> {
    report.causes().iter().filter_map(|cause| cause["code"].as_str()).collect()
}
