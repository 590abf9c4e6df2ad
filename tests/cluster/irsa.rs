//! Pods on IAM roles for service accounts: the webhook of the same cluster injects them, and AWS is asked about their role.

use serde_json::json;

use crate::support::report::Report;
use crate::support::scene::{Machine, Scene};
use crate::support::trust;

/// A pod whose service account asks for a role that trusts this service account by the cluster's identity provider.
fn trusting(name: &str, service_account: &str) -> (Scene, Report) {
    let scene = Scene::without_association(name, Machine::Linux);
    let role = scene.amazon.role(&scene.namespace, trust::irsa(&scene.namespace, service_account));
    scene.service_account("worker", json!({ "eks.amazonaws.com/role-arn": role }));
    let pod = scene.pod(json!({ "spec": { "serviceAccountName": "worker" } }));
    assert!(pod.to_string().contains("AWS_WEB_IDENTITY_TOKEN_FILE"), "{pod:#}");
    let report = scene.doctor(&["api"]).report();
    (scene, report)
}

#[test]
fn a_healthy_pod() {
    let (scene, report) = trusting("irsa", "worker");
    report.expect("healthy", 0, &[]);
    report.statuses(&[("PID890", "passed"), ("PID892", "passed"), ("PID894", "passed"), ("PID896", "passed")]);
    report.statuses(&[("PID210", "notApplicable"), ("PID820", "notApplicable")]);
    assert_eq!(report.document["missingPermissions"], json!([]));
    let asked: Vec<String> = scene.amazon.requests().iter().map(podid_doubles::aws::Recorded::action).collect();
    assert!(asked.contains(&"iam:ListOpenIDConnectProviders".to_owned()), "{asked:?}");
    assert!(!asked.contains(&"eks:DescribeNodegroup".to_owned()), "the role of the node does not matter: {asked:?}");
}

#[test]
fn a_trust_policy_for_another_service_account() {
    let (_scene, report) = trusting("irsa-other", "other");
    report.expect("broken", 1, &["PID894"]).statuses(&[("PID890", "passed"), ("PID892", "passed")]);
    report.says("system:serviceaccount:").says(":worker");
}

#[test]
fn a_role_that_is_gone() {
    let (scene, _) = trusting("irsa-gone", "worker");
    scene.amazon.remove_role(&scene.namespace);
    let report = scene.doctor(&["api"]).report();
    report.expect("broken", 1, &["PID890"]).statuses(&[("PID892", "skipped"), ("PID894", "skipped")]);
}

#[test]
fn a_role_that_trusts_pod_identity_in_its_place() {
    let (scene, _) = trusting("irsa-moved", "worker");
    scene.amazon.role(&scene.namespace, trust::pods());
    scene.doctor(&["api"]).report().expect("broken", 1, &["PID892"]).says("pods.eks.amazonaws.com");
}
