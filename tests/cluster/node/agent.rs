//! Faults of the agent itself, on a node that is otherwise well.

use std::net::TcpListener;

use serde_json::json;

use crate::support::api::eventually;
use crate::support::node_agent;
use crate::support::real_node::NodeScene;

/// The address from which credentials come.
const ADDRESS: &str = "169.254.170.23:80";

#[test]
fn stopped() {
    let scene = NodeScene::alone("agent-stopped");
    let nowhere = json!({ "spec": { "template": { "spec": { "nodeSelector": { "agents": "here" } } } } });
    node_agent::change(&scene.api, &nowhere, &json!({}));
    let output = scene.pod_that_asks(json!({}));
    assert!(output.contains("can't connect") && !output.contains("served"), "{output}");
    let report = scene.doctor(&["api"]).report();
    report.expect("broken", 1, &["PID630"]).statuses(&[("PID640", "skipped")]).says("agents=here");
}

#[test]
fn crashing_on_an_address_it_cannot_bind() {
    let scene = NodeScene::alone("agent-no-ipv6");
    let ipv6 = Ipv6::disable();
    node_agent::stop(&scene.api);
    let agent = node_agent::wait_until_crashing(&scene.api, 1);
    let name = agent["metadata"]["name"].as_str().expect("a name");
    let log = format!("/api/v1/namespaces/kube-system/pods/{name}/log?container=eks-pod-identity-agent&previous=true");
    let words = "Unable to start server: listen tcp [fd00:ec2::23]:80: bind: cannot assign requested address";
    eventually("the agent's last words", || scene.api.text(&log).contains(words).then_some(()));
    scene.pod(json!({}));
    let report = scene.doctor(&["api"]).report();
    let probed = scene.probe("exec", &[]).report;
    drop(ipv6);
    probed.expect("broken", 1, &["PID640"]).statuses(&[("PID930", "failed")]);
    report.expect("broken", 1, &["PID640"]).statuses(&[("PID630", "passed")]);
}

/// IPv6 on the agent's link, until this is dropped: in this network namespace only.
struct Ipv6;

impl Ipv6 {
    const SWITCH: &'static str = "/proc/sys/net/ipv6/conf/pod-id-link0/disable_ipv6";

    fn disable() -> Self {
        std::fs::write(Self::SWITCH, "1").expect("the switch");
        Self
    }
}

impl Drop for Ipv6 {
    fn drop(&mut self) {
        std::fs::write(Self::SWITCH, "0").expect("the switch");
    }
}

#[test]
fn another_one_on_its_port() {
    let scene = NodeScene::alone("agent-port");
    let nowhere = json!({ "spec": { "template": { "spec": { "nodeSelector": { "agents": "here" } } } } });
    node_agent::change(&scene.api, &nowhere, &json!({}));
    let taken = TcpListener::bind(ADDRESS).expect("the agent has left it");
    let anywhere = json!({ "spec": { "template": { "spec": { "nodeSelector": null } } } });
    node_agent::change(&scene.api, &anywhere, &json!({}));
    node_agent::wait_until_crashing(&scene.api, 1);
    scene.pod(json!({ "spec": { "containers": [{ "name": "app", "image": "registry.example/api:1.4.2", "command": ["sleep", "1000000"] }] } }));
    let report = scene.doctor(&["api"]).report();
    // The stranger on the port takes the connection.
    let probed = scene.probe("exec", &[]).report;
    drop(taken);
    probed.expect("broken", 1, &["PID640"]).statuses(&[("PID930", "passed"), ("PID940", "failed")]);
    report.expect("broken", 1, &["PID640"]).statuses(&[("PID630", "passed")]);
}

#[test]
fn for_another_cluster() {
    let scene = NodeScene::alone("agent-cluster");
    let args = json!({ "args": ["--port", "80", "--cluster-name", "staging", "--probe-port", "2703", "-v", "trace"] });
    node_agent::change(&scene.api, &json!({}), &args);
    node_agent::wait_until_ready(&scene.api);
    let output = scene.pod_that_asks(json!({}));
    assert!(output.contains("404"), "{output}");
    let report = scene.doctor(&["api"]).report();
    report.expect("broken", 1, &["PID650"]).says("staging");
    scene.probe("exec", &[]).report.expect("broken", 1, &["PID650"]).statuses(&[("PID940", "failed")]);
}

#[test]
fn without_a_region() {
    let scene = NodeScene::alone("agent-region");
    node_agent::change(&scene.api, &json!({}), &json!({ "env": [] }));
    node_agent::wait_until_ready(&scene.api);
    let output = scene.pod_that_asks(json!({}));
    assert!(output.contains("500"), "{output}");
    let report = scene.doctor(&["api"]).report();
    report.expect("broken", 1, &["PID650"]).says("eks-auth..api.aws");
    scene.probe("exec", &[]).report.expect("broken", 1, &["PID650"]).statuses(&[("PID940", "failed")]);
}

#[test]
fn without_credentials_of_its_own() {
    let scene = NodeScene::alone("agent-credentials");
    scene.amazon.change(json!({ "instanceProfile": null }));
    node_agent::stop(&scene.api);
    node_agent::wait_until_ready(&scene.api);
    let output = scene.pod_that_asks(json!({}));
    assert!(output.contains("500"), "{output}");
    let report = scene.doctor(&["api"]).report();
    report.expect("broken", 1, &["PID730"]).statuses(&[("PID640", "passed"), ("PID690", "failed")]);
    report.says("no EC2 IMDS role found");
    scene.probe("exec", &[]).report.expect("broken", 1, &["PID730"]).statuses(&[("PID940", "failed")]);
}
