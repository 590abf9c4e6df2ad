//! Faults in IAM: a role that is gone, or that does not let EKS have it for this pod.

use serde_json::{Value, json};

use crate::support::report::Report;
use crate::support::scene::{Machine, Scene};
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

/// A healthy association whose role goes on to a second one with this trust policy.
fn with_target(name: &str, trust: impl FnOnce(&str) -> Value) -> (Scene, Report) {
    let scene = Scene::without_association(name, Machine::Linux);
    let first = scene.amazon.role(&scene.namespace, trust::pods());
    let second = scene.amazon.role(&format!("{}-target", scene.namespace), trust(&first));
    let more = json!({ "targetRoleArn": second });
    let id = scene.amazon.associate_with(&scene.namespace, "api", &first, more);
    scene.amazon.age(&id);
    scene.pod(json!({}));
    let report = scene.doctor(&["api"]).report();
    (scene, report)
}

#[test]
fn a_target_role() {
    let (_scene, report) = with_target("target", trust::role);
    report.expect("healthy", 0, &[]).statuses(&[("PID840", "passed")]);
}

#[test]
fn a_target_role_that_trusts_another_one() {
    let (scene, report) = with_target("target-other", |_| trust::role("arn:aws:iam::111122223333:role/other"));
    report.expect("broken", 1, &["PID840"]).statuses(&[("PID820", "passed")]);
    report.says(&format!("{}-target", scene.namespace));
}

#[test]
fn a_role_that_may_not_assume_the_target_role() {
    let (scene, _) = with_target("target-denied", trust::role);
    let actions = json!({ &scene.namespace: { "allowedActions": ["s3:*"] } });
    scene.amazon.change(json!({ "accounts": { "111122223333": { "roles": actions } } }));
    let target = format!("{}-target", scene.namespace);
    // In one account the trust of the target role alone would let it in, if it names the role itself.
    let account = json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow",
        "Principal": { "AWS": "arn:aws:iam::111122223333:root" }, "Action": ["sts:AssumeRole", "sts:TagSession"] }] });
    scene.amazon.role(&target, account);
    scene.doctor(&["api"]).report().expect("broken", 1, &["PID840"]).says("sts:AssumeRole").says(&target);
}
