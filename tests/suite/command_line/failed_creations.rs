//! Events about pods that could not be created: for whom they are read, and what of them is kept.

use serde_json::{Value, json};

use crate::support::kubernetes::Kind;
use crate::support::world::{POD, SECRET, World, causes, check};

const EVENTS: &str = "/api/v1/namespaces/shop/events";
const SET: &str = "/apis/apps/v1/namespaces/shop/replicasets/api-7c9f";
const TOKEN: &str = "/var/run/secrets/pods.eks.amazonaws.com/serviceaccount";

/// Adds an event about a replica set.
fn add_event(world: &World, name: &str, set: &str, message: &str) {
    world.kubernetes.put(json!({
        "apiVersion": "v1", "kind": "Event", "metadata": { "name": name, "namespace": "shop" }, "type": "Warning",
        "reason": "FailedCreate", "message": message, "lastTimestamp": "2026-11-20T14:05:00Z",
        "involvedObject": { "apiVersion": "apps/v1", "kind": "ReplicaSet", "name": set, "namespace": "shop" },
    }));
}

fn asked(world: &World) -> usize {
    world.kubernetes.requests().iter().filter(|request| request.path == EVENTS).count()
}

fn second_mount() -> String {
    let path = "spec.containers[0].volumeMounts[2].mountPath";
    format!(
        "Error creating: Pod \"api-58dd-x\" is invalid: {path}: Invalid value: \"{TOKEN}\": must be unique, {SECRET}"
    )
}

#[test]
fn a_pod_whose_owner_has_all_its_pods_is_judged_without_them() {
    let world = World::healthy();
    add_event(&world, "one", "api-7c9f", &second_mount());
    assert_eq!(check(&world.diagnosis(&[]), "PID395")["status"], "passed");
    assert_eq!(asked(&world), 0);
}

#[test]
fn a_pod_whose_owner_lacks_some_is_told_why() {
    let world = World::healthy();
    world.kubernetes.patch(SET, &json!({ "spec": { "replicas": 3 }, "status": { "replicas": 1 } }));
    add_event(&world, "one", "api-7c9f", &second_mount());
    let diagnosis = world.diagnosis(&[]);
    assert_eq!((causes(&diagnosis), asked(&world)), (vec!["PID395"], 1));
    world.kubernetes.patch(SET, &json!({ "status": { "replicas": 3 } }));
    assert_eq!(causes(&world.diagnosis(&[])), Vec::<&str>::new(), "they were made since");
}

#[test]
fn a_workload_without_pods_is_told_why_and_no_text_is_kept() {
    let world = World::healthy();
    world.kubernetes.remove(POD);
    add_event(&world, "one", "api-58dd", &second_mount());
    add_event(&world, "two", "api-58dd", &second_mount());
    add_event(&world, "other", "worker-58dd", SECRET);
    let saved = world.argument("evidence.yaml");
    let list = world.run(&["doctor", "deploy/api", "-o", "json", "--save", &saved]).ends_with(1).json();
    assert_eq!(causes(&list["items"][0]), ["PID395"], "{list:#}");
    let findings = check(&list["items"][0], "PID395")["findings"].as_array().map(Vec::len);
    assert_eq!(findings, Some(1), "the same is told once");
    let kept = world.read("evidence.yaml");
    assert!(kept.contains("api-58dd") && !kept.contains(SECRET), "{kept}");
}

#[test]
fn a_service_account_is_told_what_becomes_of_its_next_pod() {
    let world = World::healthy();
    add_event(&world, "one", "api-58dd", &second_mount());
    let diagnosis: Value = world.run(&["doctor", "sa/api", "-o", "json"]).json();
    assert_eq!(causes(&diagnosis), ["PID395"], "{diagnosis:#}");
}

#[test]
fn refused_events_are_told_with_their_permission() {
    let world = World::healthy();
    world.kubernetes.patch(SET, &json!({ "spec": { "replicas": 3 }, "status": { "replicas": 1 } }));
    world.kubernetes.fault(EVENTS, Kind::Forbidden);
    let diagnosis = world.diagnosis(&[]);
    assert_eq!((&diagnosis["verdict"], &diagnosis["notChecked"]), (&json!("healthy"), &json!(["PID395"])));
    assert_eq!(check(&diagnosis, "PID395")["gap"]["permission"], "list events in shop");
}
