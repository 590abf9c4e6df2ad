//! How many requests a diagnosis takes, and how many round trips one after the other.

use podid_doubles::{aws::Recorded, waves};
use serde_json::json;

use crate::support::scene::Scene;

#[test]
fn few_requests_in_few_waves() {
    let scene = Scene::new("speed");
    let pods = scene.place().workload("Deployment", "api", 1, json!({}));
    // Requests that are made at the same time overlap for sure.
    scene.amazon.fault("*", json!({ "kind": "delay", "millis": 100 }));
    let report = scene.doctor(&[&pods[0]]).user("admin").report();
    report.expect("healthy", 0, &[]);
    let made = &report.document["requests"];
    let total = made["kubernetes"].as_u64().zip(made["aws"].as_u64()).map(|(kubernetes, aws)| kubernetes + aws);
    assert!(total.is_some_and(|total| total <= 22), "{made}");

    let asked = scene.amazon.requests();
    assert_eq!(made["aws"], asked.len(), "{asked:#?}");
    assert!(waves(asked.iter().map(Recorded::interval)) <= 3, "{asked:#?}");
}
