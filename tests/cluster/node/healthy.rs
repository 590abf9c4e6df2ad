//! What works from end to end is said to work, and what the agent's own log settles is said to be observed.

use serde_json::json;

use crate::support::node_agent;
use crate::support::real_node::{NodeScene, node};
use crate::support::report::Report;
use crate::support::rights::{Everywhere, rule};
use crate::support::run::Outcome;

#[test]
fn a_pod_that_was_served() {
    let scene = NodeScene::new("served");
    let output = scene.pod_that_asks(json!({}));
    assert_eq!(output, "served\nasked\n");
    let log = node_agent::log(&scene.api);
    let session = format!("assumed-role/{}/eks-prod-api-", scene.namespace);
    assert!(log.contains(&session) && !log.contains("eyJ"), "{log}");

    let report = scene.doctor(&["api"]).report();
    report.expect("healthy", 0, &[]).statuses(&[("PID640", "passed"), ("PID680", "passed"), ("PID690", "passed")]);
    for code in ["PID690", "PID720", "PID730", "PID870"] {
        assert_eq!(
            (&report.check(code)["status"], &report.check(code)["basis"]),
            (&json!("passed"), &json!("observed")),
            "{code} in\n{report}"
        );
    }
    assert_eq!(report.document["notChecked"], json!([]), "{report}");
    assert_eq!(report.document["target"]["node"], node());
}

#[test]
fn what_aws_recorded_is_told_where_no_log_can_be_read() {
    let scene = NodeScene::new("recorded");
    scene.pod_that_asks(json!({}));
    let read = ["get", "list"];
    let _all_but_logs = Everywhere::grant(
        &scene.api,
        "auditor",
        &[
            rule("", &["pods", "serviceaccounts", "configmaps", "namespaces", "nodes"], &read),
            rule("apps", &["deployments", "replicasets", "daemonsets"], &read),
            rule("networking.k8s.io", &["networkpolicies"], &read),
            rule("admissionregistration.k8s.io", &["mutatingwebhookconfigurations"], &read),
        ],
    );
    let report = scene.doctor(&["api"]).user("auditor").report();
    report.statuses(&[("PID690", "unknown")]);
    assert_eq!(report.check("PID690")["excused"], json!(null), "{report}");
    let outcome = scene.doctor(&["api", "--cloudtrail", "-o", "json"]).user("auditor").run();
    assert!(outcome.stderr.contains("asking CloudTrail"), "{outcome:?}");
    let report = Report::read(&Outcome { stderr: String::new(), ..outcome });
    report.expect("healthy", 0, &[]).statuses(&[("PID690", "unknown"), ("PID980", "passed")]);
    let done = report.document["active"].to_string();
    assert!(done.contains(": EKS assumed role "), "{done} {report}");
}

#[test]
fn what_the_agent_of_a_node_served_is_counted() {
    let scene = NodeScene::new("counted");
    scene.pod_that_asks(json!({}));
    let outcome = scene.doctor(&["--logs", "-o", "json"]).verb("nodes").run();
    let document: serde_json::Value = serde_json::from_str(&outcome.stdout).expect("JSON");
    let items = document["items"].as_array().expect("items");
    let own = items.iter().find(|item| item["name"] == node()).expect("the node");
    assert_eq!(own["state"], "ready", "{own:#}");
    assert!(own["log"]["served"].as_u64().is_some_and(|served| served >= 1), "{own:#}");
}

#[test]
fn a_pod_that_has_not_asked() {
    let scene = NodeScene::new("silent");
    let container = json!({ "name": "app", "image": "registry.example/api:1.4.2", "command": ["sleep", "1000000"] });
    scene.pod(json!({ "spec": { "containers": [container] } }));
    let report = scene.doctor(&["api"]).report();
    // In its first minute a pod that has not asked says nothing.
    report.expect("healthy", 0, &[]).statuses(&[("PID680", "notApplicable"), ("PID690", "notApplicable")]);
}

#[test]
fn the_metrics_of_the_agent_are_reached_through_the_api_server() {
    let scene = NodeScene::new("metrics");
    scene.pod_that_asks(json!({}));
    let metrics = scene.api.text(&format!("/api/v1/nodes/{}:2705/proxy/metrics", node()));
    assert!(metrics.contains("pod_identity_http_response{code=\"200\"}"), "{metrics}");
}

#[test]
fn a_deployment_by_the_real_scheduler() {
    let scene = NodeScene::new("deployment");
    let labels = json!({ "app": "web" });
    let template = json!({ "metadata": { "labels": labels }, "spec": {
        "serviceAccountName": "api", "terminationGracePeriodSeconds": 0,
        "containers": [{ "name": "app", "image": "registry.example/api:1.4.2", "command": ["sleep", "1000000"] }],
    } });
    let path = format!("/apis/apps/v1/namespaces/{}/deployments", scene.namespace);
    scene.api.create(
        &path,
        &json!({ "metadata": { "name": "web" }, "spec": {
        "replicas": 2, "selector": { "matchLabels": labels }, "template": template,
    } }),
    );
    let path = format!("{path}/web");
    crate::support::api::eventually("both pods are ready", || {
        (scene.api.get(&path)["status"]["readyReplicas"] == 2).then_some(())
    });
    let reports = scene.doctor(&["deploy/web"]).reports();
    assert_eq!(reports.len(), 2);
    for report in reports {
        report.expect("healthy", 0, &[]);
    }
}
