//! The way from a container to the agent and on, broken where only a look from the container sees it.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::node_agent;
use crate::support::probed::container;
use crate::support::real_node::NodeScene;
use crate::support::relay::{Relay, Rule, Way};
use crate::support::trust;

fn pod() -> Value {
    json!({ "spec": { "containers": [container("app")] } })
}

#[test]
fn a_firewall_that_drops_what_goes_to_the_agent() {
    let scene = NodeScene::alone("probe-dropped");
    scene.pod(pod());
    let cut = Rule::agent_cut_off();
    scene.doctor(&["api"]).report().expect("healthy", 0, &[]);
    let probed = scene.probe("exec", &[]);
    drop(cut);
    probed.report.expect("broken", 1, &["PID930"]).says("169.254.170.23:80").says("are not answered");
}

#[test]
fn an_agent_that_was_stopped() {
    let scene = NodeScene::alone("probe-stopped");
    let nowhere = json!({ "spec": { "template": { "spec": { "nodeSelector": { "agents": "here" } } } } });
    node_agent::change(&scene.api, &nowhere, &json!({}));
    scene.pod(pod());
    let probed = scene.probe("exec", &[]);
    probed.report.expect("broken", 1, &["PID630"]).statuses(&[("PID930", "failed")]);
}

#[test]
fn an_agent_two_seconds_away() {
    let scene = NodeScene::alone("probe-delay");
    scene.pod(pod());
    let relay = Relay::to("169.254.170.23:80", Way::Late(Duration::from_secs(2)));
    let redirected = Rule::agent_behind(&relay);
    scene.doctor(&["api"]).report().expect("healthy", 0, &[]);
    let probed = scene.probe("exec", &[]);
    drop(redirected);
    probed.report.expect("degraded", 0, &["PID940"]).says("after the SDK has given up");
}

#[test]
fn an_agent_whose_answers_are_lost() {
    let scene = NodeScene::alone("probe-loss");
    scene.pod(pod());
    let relay = Relay::to("169.254.170.23:80", Way::Nowhere);
    let redirected = Rule::agent_behind(&relay);
    scene.doctor(&["api"]).report().expect("healthy", 0, &[]);
    let probed = scene.probe("exec", &[]);
    drop(redirected);
    probed.report.expect("broken", 1, &["PID940"]).says("does not answer");
}

#[test]
fn a_role_that_eks_may_not_assume() {
    let scene = NodeScene::new("probe-refused");
    scene.pod(pod());
    scene.amazon.role(&scene.namespace, trust::irsa(&scene.namespace, "api"));
    let probed = scene.probe("exec", &[]);
    probed.report.expect("broken", 1, &["PID820"]).statuses(&[("PID940", "failed")]);
}

#[test]
fn an_eks_auth_that_fails_for_this_pod_alone() {
    let scene = NodeScene::new("probe-fault");
    scene.pod(pod());
    scene.amazon.fault_for_pods(
        &scene.namespace,
        json!({ "kind": "error", "status": 400, "code": "InvalidTokenException", "message": "as told" }),
    );
    scene.doctor(&["api"]).report().expect("healthy", 0, &[]);
    let probed = scene.probe("exec", &[]);
    probed.report.expect("broken", 1, &["PID940"]);
}
