//! Faults on the node: one that cannot have the agent, and an agent that is not there, or not well.

use serde_json::json;

use crate::support::agent;
use crate::support::scene::{Machine, Scene};

#[test]
fn windows_node() {
    let scene = Scene::without_association("windows", Machine::Windows);
    scene.associate();
    scene.pod(json!({ "spec": { "nodeSelector": { "kubernetes.io/os": "windows" } } }));
    let report = scene.doctor(&["api"]).report();
    report.expect("broken", 1, &["PID160"]).statuses(&[("PID620", "skipped"), ("PID630", "skipped")]);
    report.says("Windows");
}

#[test]
fn fargate_node() {
    let scene = Scene::without_association("fargate", Machine::Fargate);
    scene.associate();
    scene.pod(json!({ "spec": { "schedulerName": "fargate-scheduler" } }));
    let report = scene.doctor(&["api"]).report();
    report.expect("broken", 1, &["PID160"]).statuses(&[("PID620", "skipped")]).says("Fargate");
}

#[test]
fn not_installed() {
    let scene = Scene::alone("no-agent", Machine::Linux);
    agent::uninstall(&scene.api);
    agent::remove_from(&scene.api, &scene.node);
    scene.amazon.change_cluster(json!({ "addons": { "eks-pod-identity-agent": null } }));
    scene.pod(json!({}));
    let report = scene.doctor(&["api"]).report();
    scene.amazon.change_cluster(json!({ "addons": { "eks-pod-identity-agent": {} } }));
    report.expect("broken", 1, &["PID620"]).statuses(&[("PID630", "skipped"), ("PID640", "skipped")]);
    report.says("aws eks create-addon");
}

#[test]
fn kept_off_the_node() {
    let scene = Scene::alone("agent-missing", Machine::LinuxWithoutAgent);
    agent::change(&scene.api, &json!({ "spec": { "template": { "spec": { "nodeSelector": { "agents": "here" } } } } }));
    scene.pod(json!({}));
    let report = scene.doctor(&["api"]).report();
    report.expect("broken", 1, &["PID630"]).statuses(&[("PID620", "passed"), ("PID640", "skipped")]);
    report.says(&scene.node).says("agents=here");
}

#[test]
fn not_yet_on_a_young_node() {
    let scene = Scene::without_association("young-node", Machine::LinuxWithoutAgent);
    scene.associate();
    scene.pod(json!({}));
    // The controller has made the agent's pod, and nothing has bound it to the node so far.
    agent::pod_for(&scene.api, &scene.node);
    let report = scene.doctor(&["api"]).report();
    report.expect("inconclusive", 3, &["PID630?"]).statuses(&[("PID620", "passed"), ("PID640", "skipped")]);
}

#[test]
fn not_ready() {
    let scene = Scene::new("agent-broken");
    let mut place = scene.place();
    place.namespace = "kube-system";
    let waiting =
        json!({ "waiting": { "reason": "CrashLoopBackOff", "message": "back-off 5m0s restarting failed container" } });
    place.report(&agent::pod_for(&scene.api, &scene.node), waiting, false);
    scene.pod(json!({}));
    let report = scene.doctor(&["api"]).report();
    report.expect("broken", 1, &["PID640"]).statuses(&[("PID630", "passed")]).says("CrashLoopBackOff");
}
