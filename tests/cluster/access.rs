//! Those who may not see everything: what they cannot see is unknown, never passed and never failed.

use serde_json::{Value, json};

use crate::support::agent;
use crate::support::rights::{self, Everywhere, rule};
use crate::support::scene::Scene;
use crate::support::trust;

/// What a developer may read in the own namespace.
fn of_a_developer() -> Vec<Value> {
    let read = ["get", "list"];
    vec![
        rule("", &["pods", "serviceaccounts", "configmaps", "events"], &read),
        rule("apps", &["deployments", "replicasets", "statefulsets", "daemonsets"], &read),
        rule("batch", &["jobs", "cronjobs"], &read),
    ]
}

#[test]
fn rights_in_one_namespace_only() {
    let scene = Scene::new("developer");
    rights::grant(&scene.api, &scene.namespace, "developer", &of_a_developer());
    scene.pod(json!({}));
    let report = scene.doctor(&["api"]).user("developer").report();
    report.expect("inconclusive", 3, &[]).gaps(&[("PID310", "denied"), ("PID620", "denied"), ("PID630", "denied")]);
    report.statuses(&[("PID120", "passed"), ("PID210", "passed"), ("PID340", "passed"), ("PID820", "passed")]);
    report.misses(&[
        "get nodes",
        "list mutatingwebhookconfigurations",
        "list daemonsets in all namespaces",
        "list pods in kube-system",
    ]);

    // What can be seen is still enough to name a fault.
    scene.amazon.role(&scene.namespace, trust::irsa(&scene.namespace, "api"));
    let report = scene.doctor(&["api"]).user("developer").report();
    report.expect("broken", 1, &["PID820"]).gaps(&[("PID620", "denied")]);
}

#[test]
fn nodes_webhooks_and_daemon_sets_denied() {
    let scene = Scene::new("auditor");
    let read = ["get", "list"];
    let _granted = Everywhere::grant(
        &scene.api,
        "auditor",
        &[
            rule("", &["pods", "pods/log", "serviceaccounts", "configmaps", "namespaces"], &read),
            rule("apps", &["deployments", "replicasets"], &read),
        ],
    );
    scene.pod(json!({}));
    // The agent's pod is seen on the node, which says enough; node and webhook only support the verdict.
    let report = scene.doctor(&["api"]).user("auditor").report();
    report.expect("healthy", 0, &[]).gaps(&[("PID160", "denied"), ("PID310", "denied")]);
    report.statuses(&[("PID620", "passed"), ("PID630", "passed"), ("PID640", "passed")]);
    report.misses(&["get nodes", "list mutatingwebhookconfigurations"]);
    let not_checked = report.document["notChecked"].as_array().cloned().unwrap_or_default();
    assert!(["PID160", "PID310", "PID510"].iter().all(|code| not_checked.contains(&json!(code))), "{not_checked:?}");
    let table = scene.doctor(&["api"]).user("auditor").run();
    assert_eq!(table.code, 0);
    table.says(&[
        "; not checked: ",
        "4 rights are missing",
        "list mutatingwebhookconfigurations: 1 check of injection",
    ]);

    // Where the agent is not seen, its daemon set would tell whether it should be there.
    scene.api.delete(&format!("/api/v1/nodes/{}", scene.node));
    agent::remove_from(&scene.api, &scene.node);
    let report = scene.doctor(&["api"]).user("auditor").report();
    report.expect("inconclusive", 3, &[]).gaps(&[("PID620", "denied"), ("PID630", "denied")]);
    report.misses(&["list daemonsets in all namespaces"]);
}

#[test]
fn no_rights_at_all() {
    let scene = Scene::new("stranger");
    scene.pod(json!({}));
    let report = scene.doctor(&["api"]).user("stranger").report();
    report.expect("inconclusive", 3, &[]);
    assert_eq!(report.document["targetGap"]["reason"], "denied");
    report.misses(&[&format!("get pods in {}", scene.namespace)]);
    // That a workload cannot be read does not say that it has no pods.
    let table = scene.doctor(&["deploy/api"]).user("stranger").run();
    assert_eq!(table.code, 3);
    table.says(&["deployments.apps \"api\" is forbidden", "ask for the permission to get", "deployments"]);
    assert!(!table.stdout.contains("no pod for"), "{}", table.stdout);
}

#[test]
fn credentials_absent() {
    let scene = Scene::new("no-credentials");
    scene.pod(json!({}));
    let report = scene.doctor(&["api"]).user("admin").without_credentials().report();
    report.expect("inconclusive", 3, &[]).gaps(&[("PID210", "noCredentials"), ("PID810", "blocked")]);
    report.statuses(&[("PID310", "passed"), ("PID340", "passed"), ("PID640", "passed")]);
}

#[test]
fn credentials_expired() {
    let scene = Scene::new("expired");
    scene.pod(json!({}));
    scene.amazon.change_key(json!({ "expired": true }));
    // They also are what the API server is asked with.
    let report = scene.doctor(&["api"]).report();
    report.expect("inconclusive", 3, &[]);
    assert_ne!(report.document["targetGap"], Value::Null, "{report}");
    let report = scene.doctor(&["api"]).user("admin").report();
    report.expect("inconclusive", 3, &[]).says("expired").statuses(&[("PID210", "unknown"), ("PID340", "passed")]);
}

#[test]
fn aws_denied() {
    let scene = Scene::new("aws-denied");
    scene.pod(json!({}));
    scene.amazon.change_key(json!({ "deniedActions": ["eks:*", "iam:*"] }));
    let report = scene.doctor(&["api"]).report();
    report.expect("inconclusive", 3, &[]).gaps(&[("PID210", "denied"), ("PID810", "blocked")]);
    report.misses(&["eks:ListPodIdentityAssociations", "eks:DescribeCluster"]);
    report.statuses(&[("PID340", "passed"), ("PID640", "passed")]);
}

#[test]
fn roles_denied() {
    let scene = Scene::new("iam-denied");
    scene.pod(json!({}));
    scene.amazon.change_key(json!({ "deniedActions": ["iam:*"] }));
    let report = scene.doctor(&["api"]).report();
    report.expect("inconclusive", 3, &[]).gaps(&[("PID810", "denied"), ("PID820", "denied")]).misses(&["iam:GetRole"]);
}

#[test]
fn credentials_of_another_account_with_the_same_names() {
    let scene = Scene::new("namesake");
    scene.pod(json!({}));
    let account = "444455556666";
    let trust = trust::irsa(&scene.namespace, "api");
    scene.amazon.change(json!({ "accounts": { account: {
        "regions": { "eu-west-1": { "clusters": { "prod": { "describe": { "certificateAuthority": { "data": "" } } } } } },
        "roles": { &scene.namespace: { "assumeRolePolicyDocument": trust } },
    } } }));
    scene.amazon.change_key(json!({ "account": account, "arn": format!("arn:aws:iam::{account}:user/admin") }));
    let report = scene.doctor(&["api"]).user("admin").report();
    report.expect("inconclusive", 3, &[]).gaps(&[("PID120", "wrongAccount")]).says(account);
    report.statuses(&[("PID210", "unknown"), ("PID820", "unknown"), ("PID340", "passed")]);
    assert!(scene.amazon.requests().iter().all(|request| request.service != "iam"), "another account's IAM was asked");
}
