//! What works is said to work: exit 0, and nothing is found.

use serde_json::json;

use crate::support::agent;
use crate::support::scene::{Machine, Scene};
use crate::support::trust;

#[test]
fn a_plain_pod() {
    let scene = Scene::new("plain");
    scene.pod(json!({}));
    scene.kubelet.replays("success then cached", &scene.namespace);
    let report = scene.doctor(&["api"]).report();
    report.expect("healthy", 0, &[]).statuses(&[("PID680", "passed"), ("PID690", "passed"), ("PID870", "passed")]);
    report.statuses(&[("PID120", "passed"), ("PID210", "passed"), ("PID340", "passed")]);
    assert_eq!(report.document["notChecked"], json!([]), "{report}");
    assert_eq!(report.document["missingPermissions"], json!([]));
    assert_eq!(report.document["cluster"]["nameSource"], "contextArn");
    assert_eq!(report.document["cluster"]["version"], "1.34");

    let table = scene.doctor(&["api"]).run();
    assert_eq!((table.code, table.stderr.as_str()), (0, ""));
    table.says(&["✓ healthy: the pod gets its credentials (agent log"]);
    let short = scene.doctor(&["api", "-o", "short"]).run();
    assert_eq!(short.code, 0);
    assert!(short.stdout.starts_with("ok ") && short.stdout.lines().count() == 1, "{}", short.stdout);
}

#[test]
fn workloads() {
    let scene = Scene::new("workloads");
    for (kind, argument, pods, judged) in
        [("Deployment", "deploy/web", 3, 2), ("StatefulSet", "sts/db", 2, 2), ("Job", "job/import", 1, 1)]
    {
        let name = argument.split_once('/').map_or("", |(_, name)| name);
        scene.place().workload(kind, name, pods, json!({}));
        let reports = scene.doctor(&[argument]).reports();
        assert_eq!(reports.len(), judged, "{argument}");
        for report in reports {
            report.expect("healthy", 0, &[]);
            assert_eq!(report.document["target"]["owner"], json!({ "kind": kind, "name": name }));
        }
    }
    let reports = scene.doctor(&["-l", "app in (web, db)"]).reports();
    assert_eq!(reports.len(), 5);
}

#[test]
fn a_daemon_set() {
    let scene = Scene::new("daemon-set");
    let template = json!({ "spec": { "nodeSelector": { "kubernetes.io/hostname": scene.node } } });
    scene.place().workload("DaemonSet", "collector", 1, template);
    let reports = scene.doctor(&["ds/collector"]).reports();
    assert_eq!(reports.len(), 1);
    reports[0].expect("healthy", 0, &[]);
}

#[test]
fn a_workload_without_pods_and_a_service_account() {
    let scene = Scene::new("no-pods");
    scene.place().workload("Deployment", "api", 0, json!({}));
    let reports = scene.doctor(&["deployments/api"]).reports();
    assert_eq!(reports.len(), 1);
    reports[0].expect("healthy", 0, &[]);
    scene.doctor(&["sa/api"]).report().expect("healthy", 0, &[]);
}

#[test]
fn a_node_of_auto_mode() {
    let scene = Scene::without_association("auto-mode", Machine::Auto);
    scene.associate();
    scene.pod(json!({}));
    let report = scene.doctor(&["api"]).report();
    report.expect("healthy", 0, &[]).statuses(&[("PID620", "notApplicable"), ("PID630", "notApplicable")]);
}

#[test]
fn roles_for_service_accounts_in_a_cluster_without_agent() {
    let scene = Scene::alone("irsa-only", Machine::Linux);
    agent::uninstall(&scene.api);
    agent::remove_from(&scene.api, &scene.node);
    scene.amazon.change_cluster(json!({ "addons": { "eks-pod-identity-agent": null } }));
    let role = scene.amazon.role(&format!("{}-irsa", scene.namespace), trust::irsa(&scene.namespace, "worker"));
    scene.service_account("worker", json!({ "eks.amazonaws.com/role-arn": role }));
    let pod = scene.pod(json!({ "spec": { "serviceAccountName": "worker" } }));
    // The webhook has written IRSA's variables, and no others.
    assert!(
        pod.to_string().contains("AWS_WEB_IDENTITY_TOKEN_FILE") && !pod.to_string().contains("FULL_URI"),
        "{pod:#}"
    );
    let report = scene.doctor(&["api"]).report();
    scene.amazon.change_cluster(json!({ "addons": { "eks-pod-identity-agent": {} } }));
    report.expect("healthy", 0, &[]).statuses(&[("PID210", "notApplicable"), ("PID620", "notApplicable")]);
    assert_eq!(report.document["mode"], "irsa");
}
