//! Faults in IAM: a role that is gone, or that does not let EKS have it for this pod.

use serde_json::{Value, json};

use crate::support::report::Report;
use crate::support::scene::Scene;
use crate::support::trust;

fn with_trust(name: &str, policy: impl FnOnce(&Scene) -> Value) -> (Scene, Report) {
    let scene = Scene::new(name);
    scene.amazon.role(&scene.namespace, policy(&scene));
    scene.pod(json!({}));
    let report = scene.doctor(&["api"]).report();
    (scene, report)
}

#[test]
fn gone() {
    let scene = Scene::new("role-gone");
    scene.amazon.remove_role(&scene.namespace);
    scene.pod(json!({}));
    let report = scene.doctor(&["api"]).report();
    report.expect("broken", 1, &["PID810"]).statuses(&[("PID820", "skipped")]);
    report.says(&format!("arn:aws:iam::111122223333:role/{}", scene.namespace));
}

#[test]
fn trust_for_irsa_only() {
    let (scene, report) = with_trust("irsa-trust", |scene| trust::irsa(&scene.namespace, "api"));
    report.expect("broken", 1, &["PID820"]).statuses(&[("PID810", "passed"), ("PID825", "skipped")]);
    report.says("oidc-provider").says("aws iam update-assume-role-policy");
    // The human report says the same, and its command keeps the statement that was there.
    let table = scene.doctor(&["api"]).run();
    assert_eq!(table.code, 1);
    table.says(&["✗ broken:", "PID820", "sts:AssumeRoleWithWebIdentity", "pods.eks.amazonaws.com", "fix"]);
}

#[test]
fn tag_session_missing() {
    let (_scene, report) = with_trust("no-tags", |_| trust::pods_without_tags());
    report.expect("broken", 1, &["PID825"]).statuses(&[("PID820", "passed")]).says("sts:TagSession");
}

#[test]
fn trust_condition_for_another_namespace() {
    let (scene, report) = with_trust("condition", |_| {
        trust::pods_if(&json!({ "StringEquals": { "aws:RequestTag/kubernetes-namespace": "payments" } }))
    });
    report.expect("broken", 1, &["PID830"]).statuses(&[("PID820", "passed"), ("PID825", "passed")]);
    report.says("aws:RequestTag/kubernetes-namespace").says("payments").says(&scene.namespace);
}

#[test]
fn trust_condition_for_this_namespace() {
    let (_scene, report) = with_trust("right-condition", |scene| {
        trust::pods_if(&json!({ "StringEquals": {
            "aws:RequestTag/kubernetes-namespace": scene.namespace,
            "aws:RequestTag/kubernetes-service-account": "api",
            "aws:RequestTag/eks-cluster-name": "prod",
        } }))
    });
    report.expect("healthy", 0, &[]);
}
