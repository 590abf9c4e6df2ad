//! `diff` of two replicas of one deployment on the real API server: one is older than the association, and one works.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::api::eventually;
use crate::support::scene::{Machine, Scene};
use crate::support::trust;

#[test]
fn a_replica_that_works_and_one_that_is_older_than_the_association() {
    let scene = Scene::without_association("differ", Machine::Linux);
    let older = scene.place().workload("Deployment", "api", 1, json!({}));
    // Differences of less than five seconds are the clocks'.
    std::thread::sleep(Duration::from_secs(6));
    let role = scene.amazon.role(&scene.namespace, trust::pods());
    scene.amazon.associate(&scene.namespace, "api", &role);
    scene.wait_until_injecting(true);
    std::thread::sleep(Duration::from_secs(6));
    let deployment = format!("/apis/apps/v1/namespaces/{}/deployments/api", scene.namespace);
    scene.api.patch(&deployment, &json!({ "spec": { "replicas": 2 } }));
    let younger = eventually("a second replica", || {
        let pods = scene.api.list(&scene.path("/api/v1", "pods?labelSelector=app=api"));
        pods.iter().filter_map(|pod| pod["metadata"]["name"].as_str()).find(|name| *name != older[0]).map(str::to_owned)
    });
    scene.place().run(&younger);
    let outcome = scene.doctor(&[&younger, &older[0], "-o", "json"]).verb("diff").run();
    assert_eq!(outcome.code, 1, "{outcome:?}");
    let document: Value = serde_json::from_str(&outcome.stdout).expect("JSON");
    assert_eq!((&document["left"]["verdict"], &document["right"]["verdict"]), (&json!("healthy"), &json!("broken")));
    let codes: Vec<&Value> = document["checks"].as_array().expect("checks").iter().map(|one| &one["code"]).collect();
    assert!(codes.contains(&&json!("PID220")), "{codes:?}");
    // What both have is not told.
    assert!(!codes.contains(&&json!("PID820")) && !outcome.stdout.contains("/node/"), "{outcome:?}");
    let page = scene.doctor(&[&younger, &older[0]]).verb("diff").run();
    page.says(&["✓ healthy", "✗ broken", "the container has the credential variables", "eks-pod-identity-token"]);
    assert_eq!(scene.doctor(&[&younger, &younger]).verb("diff").run().code, 0);
}
