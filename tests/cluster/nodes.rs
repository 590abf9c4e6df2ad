//! `nodes` and `can-i` and `doctor -f` against the real API server.

use serde_json::{Value, json};

use crate::support::agent;
use crate::support::scene::{Machine, Scene};

fn json_of(scene: &Scene, verb: &'static str, arguments: &[&str]) -> Value {
    let outcome = scene.doctor(&[arguments, &["-o", "json"]].concat()).verb(verb).run();
    serde_json::from_str(&outcome.stdout).unwrap_or_else(|error| panic!("{error}: {outcome:?}"))
}

/// Scenes share one cluster: each looks at its own nodes.
fn row<'d>(document: &'d Value, name: &str) -> &'d Value {
    let items = document["items"].as_array().expect("items");
    items.iter().find(|item| item["name"] == name).unwrap_or_else(|| panic!("no {name} in {document:#}"))
}

#[test]
fn each_kind_of_node_is_told() {
    let scene = Scene::new("nodes");
    scene.pod(json!({}));
    let (windows, fargate) = (scene.add_node("2", Machine::Windows), scene.add_node("3", Machine::Fargate));
    let broken = scene.add_node("4", Machine::Linux);
    let mut place = scene.place();
    place.namespace = "kube-system";
    let waiting = json!({ "waiting": { "reason": "CrashLoopBackOff", "message": "back-off" } });
    place.report(&agent::pod_for(&scene.api, &broken), waiting, false);
    let document = json_of(&scene, "nodes", &[]);
    let own = row(&document, &scene.node);
    assert_eq!((&own["state"], &own["pods"]), (&json!("ready"), &json!(1)), "{own:#}");
    assert_eq!(row(&document, &windows)["state"], "unsupported");
    assert_eq!(row(&document, &fargate)["state"], "unsupported");
    let broken = row(&document, &broken);
    assert_eq!((&broken["state"], &broken["finding"]["code"]), (&json!("notReady"), &json!("PID640")), "{broken:#}");
    assert_eq!(document["exitCode"], 1);
}

#[test]
fn a_manifest_is_a_gate() {
    let scene = Scene::new("gate");
    let manifest = |account: &str| {
        json!({ "apiVersion": "apps/v1", "kind": "Deployment", "metadata": { "name": "new" }, "spec": {
            "selector": { "matchLabels": { "app": "new" } },
            "template": { "metadata": { "labels": { "app": "new" } }, "spec": { "serviceAccountName": account,
                "containers": [{ "name": "app", "image": "registry.example/api:1" }] } } } })
    };
    let folder = tempfile::tempdir().expect("a folder");
    for (account, code) in [("api", 0), ("nobody", 1)] {
        let file = folder.path().join("new.json");
        std::fs::write(&file, manifest(account).to_string()).expect("a file");
        let outcome = scene.doctor(&["-f", &file.display().to_string()]).run();
        assert_eq!(outcome.code, code, "{outcome:?}");
    }
}

#[test]
fn what_a_role_may_do_is_simulated() {
    let scene = Scene::new("rights");
    scene.pod(json!({}));
    let document = json_of(&scene, "can-i", &["s3:GetObject", "api"]);
    assert_eq!(document["actor"]["way"], "association", "{document:#}");
    assert_eq!((&document["answers"][0]["decision"], &document["exitCode"]), (&json!("allowed"), &json!(0)));
}
