//! Faults between service account and role: what EKS was told, and when.

use std::time::Duration;

use serde_json::json;

use crate::support::api::eventually;
use crate::support::scene::{Machine, Scene};
use crate::support::trust;

#[test]
fn none() {
    let scene = Scene::without_association("no-association", Machine::Linux);
    scene.pod(json!({}));
    let report = scene.doctor(&["api"]).report();
    report.expect("broken", 1, &["PID210"]).statuses(&[("PID340", "failed"), ("PID810", "skipped")]);
    report.says("aws eks create-pod-identity-association");
    assert_eq!(report.document["association"]["state"], "absent");
    assert_eq!(report.document["mode"], "none");
}

#[test]
fn made_after_the_pod() {
    let scene = Scene::without_association("made-after", Machine::Linux);
    let pods = scene.place().workload("Deployment", "api", 1, json!({}));
    // Differences of less than five seconds are the clocks'.
    std::thread::sleep(Duration::from_secs(6));
    let role = scene.amazon.role(&scene.namespace, trust::pods());
    scene.amazon.associate(&scene.namespace, "api", &role);

    let report = scene.doctor(&[&pods[0]]).report();
    report.expect("broken", 1, &["PID220"]).statuses(&[("PID210", "passed"), ("PID340", "failed")]);
    report.says("after the pod").says(&format!("kubectl -n {} rollout restart deployment/api", scene.namespace));

    // Doing what it says fixes it.
    scene.amazon.age(&scene.amazon.associations(&scene.namespace)[0]);
    scene.api.delete(&scene.path("/api/v1", &format!("pods/{}", pods[0])));
    scene.place().run_all("app=api", 1);
    let reports = scene.doctor(&["deploy/api"]).reports();
    reports[0].expect("healthy", 0, &[]);
}

#[test]
fn in_another_namespace() {
    let mut scene = Scene::without_association("elsewhere", Machine::Linux);
    let other = scene.add_namespace("old");
    let role = scene.amazon.role(&scene.namespace, trust::pods());
    // No other test has a service account of this name.
    let account = format!("of-{}", scene.namespace);
    scene.service_account(&account, json!({}));
    scene.amazon.associate(&other, &account, &role);
    scene.pod(json!({ "spec": { "serviceAccountName": account } }));
    let report = scene.doctor(&["api"]).report();
    report.expect("broken", 1, &["PID210"]).says(&format!("is for the same name in namespace {other}"));
}

#[test]
fn for_another_service_account() {
    let scene = Scene::new("wrong-account");
    eventually("the default service account", || scene.api.find(&scene.path("/api/v1", "serviceaccounts/default")));
    let pods = scene.place().workload("Deployment", "api", 1, json!({ "spec": { "serviceAccountName": null } }));
    let report = scene.doctor(&[&pods[0]]).report();
    report.expect("broken", 1, &["PID210"]).says("names no service account").says("api");
    assert_eq!(report.document["target"]["serviceAccount"], "default");
}

#[test]
fn deleted_behind_the_pod() {
    let scene = Scene::new("deleted");
    scene.pod(json!({}));
    scene.amazon.dissociate(&scene.amazon.associations(&scene.namespace)[0]);
    let report = scene.doctor(&["api"]).report();
    report.expect("broken", 1, &["PID210"]).statuses(&[("PID340", "passed")]).says("deleted");
}
