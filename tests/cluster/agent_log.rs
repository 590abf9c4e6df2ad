//! What the agent logged, read through the real API server from a played kubelet: recorded lines of the real agent.

use serde_json::json;

use crate::support::scene::Scene;
use crate::support::trust;

#[test]
fn eks_auth_refused_for_the_trust_policy() {
    let scene = Scene::new("log-trust");
    scene.amazon.role(&scene.namespace, trust::irsa(&scene.namespace, "api"));
    scene.pod(json!({}));
    scene.kubelet.replays("EKS Auth answers AccessDeniedTrust", &scene.namespace);
    let report = scene.doctor(&["api"]).report();
    // What the agent met is folded under what it met it for.
    report.expect("broken", 1, &["PID820"]).statuses(&[("PID680", "passed"), ("PID690", "failed")]);
    let explained = report.causes()[0]["explains"].as_array().expect("a list");
    assert!(explained.contains(&json!("PID690")), "{explained:?}");
}

#[test]
fn eks_auth_out_of_reach() {
    let scene = Scene::new("log-reach");
    scene.pod(json!({}));
    scene.kubelet.replays("EKS Auth host name not found", &scene.namespace);
    let report = scene.doctor(&["api"]).report();
    report.expect("broken", 1, &["PID720"]).statuses(&[("PID640", "passed"), ("PID690", "failed")]);
}

#[test]
fn served_although_the_trust_policy_is_hidden() {
    let scene = Scene::new("log-proof");
    scene.pod(json!({}));
    scene.amazon.change_key(json!({ "deniedActions": ["iam:*"] }));
    let report = scene.doctor(&["api"]).report();
    report.expect("inconclusive", 3, &[]).gaps(&[("PID820", "denied")]);
    // Credentials that EKS Auth has just given for the pod prove what the caller may not read.
    scene.kubelet.replays("success then cached", &scene.namespace);
    let report = scene.doctor(&["api"]).report();
    report.expect("healthy", 0, &[]).gaps(&[("PID820", "denied")]).says("the pod gets its credentials (agent log");
}
