//! A network policy that cuts the pod off from the agent: the policy is an object, and rules of the test's own enforce it, as
//! there is no engine here that would.

use std::process::Command;

use serde_json::json;

use crate::support::api::{Api, eventually};
use crate::support::real_node::NodeScene;

const SETS: &str = "/apis/apps/v1/namespaces/kube-system/daemonsets";

/// What of the pods' network goes to the agent is refused, until this is dropped. Only in this network namespace.
struct Refusal;

impl Refusal {
    const RULE: [&'static str; 8] = ["INPUT", "-s", "10.88.0.0/24", "-d", "169.254.170.23", "-j", "REJECT", "-w"];

    fn begin() -> Self {
        Self::change("-I");
        Self
    }

    fn change(how: &str) {
        let done = Command::new("/usr/sbin/iptables").arg(how).args(Self::RULE).status().expect("iptables starts");
        assert!(done.success(), "{done}");
    }
}

impl Drop for Refusal {
    fn drop(&mut self) {
        Self::change("-D");
    }
}

/// The VPC CNI's daemon set with its policy agent on, until this is dropped.
struct Engine<'a>(&'a Api);

impl<'a> Engine<'a> {
    fn install(api: &'a Api) -> Self {
        let labels = json!({ "k8s-app": "aws-node" });
        let container = |name: &str, args: &[&str]| json!({ "name": name, "image": "registry.example/api:1.4.2", "command": ["sh", "-c", "sleep 1000000", "--"], "args": args });
        let containers =
            [container("aws-node", &[]), container("aws-eks-nodeagent", &["--enable-network-policy=true"])];
        let template = json!({ "metadata": { "labels": labels },
                               "spec": { "terminationGracePeriodSeconds": 0, "containers": containers } });
        let spec = json!({ "selector": { "matchLabels": labels }, "template": template });
        api.create(SETS, &json!({ "metadata": { "name": "aws-node", "labels": labels }, "spec": spec }));
        eventually("the engine runs", || {
            (api.get(&format!("{SETS}/aws-node"))["status"]["numberReady"] == 1).then_some(())
        });
        Self(api)
    }
}

impl Drop for Engine<'_> {
    fn drop(&mut self) {
        self.0.delete(&format!("{SETS}/aws-node"));
    }
}

#[test]
fn a_policy_that_leaves_the_agent_out() {
    let scene = NodeScene::alone("network-policy");
    let engine = Engine::install(&scene.api);
    let policy =
        json!({ "metadata": { "name": "default-deny" }, "spec": { "podSelector": {}, "policyTypes": ["Egress"] } });
    scene.api.create(&format!("/apis/networking.k8s.io/v1/namespaces/{}/networkpolicies", scene.namespace), &policy);
    let refusal = Refusal::begin();
    let output = scene.pod_that_asks(json!({}));
    assert!(output.contains("can't connect") && !output.contains("served"), "{output}");
    let report = scene.doctor(&["api"]).report();
    let probed = scene.probe("exec", &[]).report;
    drop((refusal, engine));
    // A look from the container settles what the policy alone only lets suspect.
    probed.expect("broken", 1, &["PID510"]).statuses(&[("PID930", "failed"), ("PID940", "skipped")]);
    // It is confirmed once the pod is a minute old and has not been heard.
    report.expect("inconclusive", 3, &["PID510?"]).statuses(&[("PID640", "passed"), ("PID690", "notApplicable")]);
    report.says("NetworkPolicy default-deny selects the pod");
}
