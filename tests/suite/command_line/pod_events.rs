//! Events about a pod that does not start: when they are read, whose they are, and what of them is kept.

use serde_json::{Value, json};

use crate::support::kubernetes::Kind;
use crate::support::world::{POD, World, causes, check};

const EVENTS: &str = "/api/v1/namespaces/shop/events";
/// As long as a secret access key.
const KEY: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEK3Y4";
const UID: &str = "5f0c1d7e-8f4e-4d7e-9f3a-2b1c0d9e8f7a";

/// A pod that has been on its node since a time, and of which no container has ever run.
fn waiting_since(scheduled: &str) -> World {
    let world = World::healthy();
    world.kubernetes.patch(
        POD,
        &json!({ "status": { "phase": "Pending", "podIP": null, "podIPs": null, "startTime": null, "conditions": [
            { "type": "PodScheduled", "status": "True", "lastTransitionTime": scheduled },
            { "type": "Ready", "status": "False", "lastTransitionTime": scheduled } ],
            "containerStatuses": [{ "name": "app", "ready": false, "restartCount": 0,
                "state": { "waiting": { "reason": "ContainerCreating" } } }] } }),
    );
    world
}

fn add_event(world: &World, name: &str, uid: &str, message: &str) {
    world.kubernetes.put(json!({
        "apiVersion": "v1", "kind": "Event", "metadata": { "name": name, "namespace": "shop" }, "type": "Warning",
        "reason": "FailedMount", "message": message, "lastTimestamp": "2026-11-20T14:05:00Z",
        "involvedObject": { "apiVersion": "v1", "kind": "Pod", "name": "api-7c9f", "namespace": "shop", "uid": uid },
    }));
}

fn asked(world: &World) -> usize {
    world.kubernetes.requests().iter().filter(|request| request.path == EVENTS).count()
}

#[test]
fn a_pod_that_does_not_start_is_told_by_its_own_events() {
    let world = waiting_since("2026-11-20T13:00:00Z");
    add_event(&world, "own", UID, "volume data is not there");
    add_event(&world, "former", "00000000-0000-0000-0000-000000000000", "another pod of the same name");
    let diagnosis = world.diagnosis(&[]);
    assert_eq!((causes(&diagnosis), asked(&world)), (vec!["PID392"], 1));
    let told = diagnosis["causes"][0].to_string() + &check(&diagnosis, "PID392").to_string();
    assert!(told.contains("FailedMount") && told.contains("volume data is not there"), "{told}");
    assert!(!told.contains("another pod"), "events of a former pod say nothing: {told}");
}

#[test]
fn a_pod_that_runs_and_one_that_has_just_got_a_node_are_not_asked_about() {
    for world in [World::healthy(), waiting_since("2026-11-20T14:06:30Z")] {
        add_event(&world, "own", UID, "volume data is not there");
        assert_eq!(check(&world.diagnosis(&[]), "PID392")["status"], "passed");
        assert_eq!(asked(&world), 0);
    }
}

#[test]
fn refused_events_leave_open_what_it_waits_for() {
    let world = waiting_since("2026-11-20T13:00:00Z");
    world.kubernetes.fault(EVENTS, Kind::Forbidden);
    let diagnosis: Value = world.diagnosis(&[]);
    let own = check(&diagnosis, "PID392");
    assert_eq!((&own["status"], &own["gap"]["permission"]), (&json!("unknown"), &json!("list events in shop")));
}

#[test]
fn no_secret_and_no_control_character_of_an_event_is_kept() {
    let world = waiting_since("2026-11-20T13:00:00Z");
    add_event(&world, "own", UID, &format!("\u{1b}[2Jtoken {KEY}"));
    let saved = world.argument("evidence.yaml");
    let page = world.run(&["doctor", "api-7c9f", "--save", &saved]).stdout;
    for text in [&page, &world.read("evidence.yaml")] {
        assert!(text.contains("FailedMount") && !text.contains(KEY) && !text.contains('\u{1b}'), "{text}");
    }
}
