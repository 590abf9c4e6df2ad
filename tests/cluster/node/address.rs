//! Several pods behind one address in turn: what the agent logged of a former one is not told of the next.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::support::api::eventually;
use crate::support::node_agent;
use crate::support::probed::container;
use crate::support::real_node::NodeScene;
use crate::support::trust;

/// The address of pod `api`.
fn address(scene: &NodeScene) -> String {
    let pod = scene.api.get(&format!("/api/v1/namespaces/{}/pods/api", scene.namespace));
    pod["status"]["podIP"].as_str().expect("an address").to_owned()
}

fn addresses() -> PathBuf {
    PathBuf::from(std::env::var("PODID_CLUSTER_STATE").expect("run by scripts/cluster test"))
        .join("node/addresses/pods")
}

/// Deletes pod `api`, and lets the next pod have its address.
fn make_way(scene: &NodeScene) -> String {
    let (path, address) = (format!("/api/v1/namespaces/{}/pods/api", scene.namespace), address(scene));
    scene.api.end(&path, 1);
    eventually("the address is free", || {
        (scene.api.find(&path).is_none() && !addresses().join(&address).exists()).then_some(())
    });
    // The plugin gives the next free one behind the last.
    let (network, last) = address.rsplit_once('.').expect("an IPv4 address");
    let before = format!("{network}.{}", last.parse::<u8>().expect("a number") - 1);
    std::fs::write(addresses().join("last_reserved_ip.0"), before).expect("the plugin's file");
    address
}

fn silent() -> Value {
    json!({ "spec": { "containers": [container("app")] } })
}

#[test]
fn each_is_told_what_it_met_itself() {
    let scene = NodeScene::alone("one-address");
    // The first is refused.
    scene.amazon.role(&scene.namespace, trust::irsa(&scene.namespace, "api"));
    let output = scene.pod_that_asks(json!({}));
    assert!(output.contains("400"), "{output}");
    scene.doctor(&["api"]).report().expect("broken", 1, &["PID820"]).statuses(&[("PID690", "failed")]);
    let former = make_way(&scene);

    // The second has not asked: of the first one's refusal nothing is told.
    scene.amazon.role(&scene.namespace, trust::pods());
    scene.pod(silent());
    assert_eq!(address(&scene), former);
    let log = node_agent::log(&scene.api);
    assert!(log.matches(&former).count() > 0, "the log has what the first one met: {log}");
    let report = scene.doctor(&["api"]).report();
    report.expect("healthy", 0, &[]).statuses(&[("PID680", "notApplicable"), ("PID690", "notApplicable")]);
    assert!(!report.document["timeline"].to_string().contains("AccessDenied"), "{}", report.document["timeline"]);
    make_way(&scene);

    // The third is served, and the fourth, which is silent, does not take that for its own.
    assert_eq!(scene.pod_that_asks(json!({})), "served\nasked\n");
    assert_eq!(address(&scene), former);
    let report = scene.doctor(&["api"]).report();
    report.expect("healthy", 0, &[]).statuses(&[("PID680", "passed"), ("PID690", "passed")]);
    make_way(&scene);
    scene.pod(silent());
    assert_eq!(address(&scene), former);
    let report = scene.doctor(&["api"]).report();
    report.expect("healthy", 0, &[]).statuses(&[("PID680", "notApplicable"), ("PID690", "notApplicable")]);
    let probed = scene.probe("exec", &[]);
    probed.report.expect("healthy", 0, &[]).statuses(&[("PID940", "passed"), ("PID950", "passed")]);
}
