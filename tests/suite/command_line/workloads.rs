//! Workloads: a few of their pods stand for all of them.

use serde_json::{Value, json};

use crate::support::kubernetes::Kind;
use crate::support::world::{POD, World, causes};

/// Adds a pod like the healthy one.
fn add_pod(world: &World, name: &str, created: &str, change: impl FnOnce(&mut Value)) {
    let mut pod = world.kubernetes.object(POD);
    pod["metadata"]["name"] = json!(name);
    pod["metadata"]["uid"] = json!(format!("uid-of-{name}"));
    pod["metadata"]["creationTimestamp"] = json!(created);
    change(&mut pod);
    world.kubernetes.put(pod);
}

fn not_ready(pod: &mut Value) {
    pod["status"]["conditions"][0]["status"] = json!("False");
}

fn names(list: &Value) -> Vec<&str> {
    let items = list["items"].as_array().expect("items");
    items.iter().map(|item| item["target"]["name"].as_str().expect("a name")).collect()
}

/// A deployment of five pods, one of which is not ready.
fn five_pods() -> World {
    let world = World::healthy();
    add_pod(&world, "api-7c9a", "2026-11-20T13:40:00Z", |_| {});
    add_pod(&world, "api-7c9b", "2026-11-20T13:20:00Z", not_ready);
    add_pod(&world, "api-7c9c", "2026-11-20T13:10:00Z", |_| {});
    add_pod(&world, "api-7c9d", "2026-11-20T13:30:00Z", not_ready);
    // Not its own: the labels alone do not make a pod one of a deployment.
    add_pod(&world, "stranger", "2026-11-01T00:00:00Z", |pod| pod["metadata"]["ownerReferences"] = json!([]));
    world
}

#[test]
fn the_newest_the_oldest_and_one_that_is_not_ready_stand_for_a_deployment() {
    let world = five_pods();
    for word in ["deploy/api", "deployment/api", "deployments/api", "deployment.apps/api", "deployments.v1.apps/api"] {
        let list = world.run(&["doctor", word, "-o", "json"]).json();
        assert_eq!(names(&list), ["api-7c9a", "api-7c9f", "api-7c9b"], "{word}");
        let sample = json!({ "asked": "deployment/api", "namespace": "shop", "judged": 3, "total": 5, "isSample": false, "leftOut": 0 });
        assert_eq!(list["samples"], json!([sample]));
        assert_eq!(list["items"][0]["target"]["owner"], json!({ "kind": "Deployment", "name": "api" }));
    }
    // As kubectl has it, a type may stand before its names.
    assert_eq!(
        names(&world.run(&["doctor", "deploy", "api", "-o", "json"]).json()),
        ["api-7c9a", "api-7c9f", "api-7c9b"]
    );
    assert_eq!(
        names(&world.run(&["doctor", "po", "api-7c9a", "api-7c9b", "-o", "json"]).json()),
        ["api-7c9a", "api-7c9b"]
    );
    world.run(&["doctor", "deploy/api"]).ends_with(0).says(&["3 of 5 pods for deployment/api in namespace shop"]);
}

#[test]
fn a_replica_set_stands_for_its_pods_too() {
    let list = five_pods().run(&["doctor", "rs/api-7c9f", "-o", "json"]).ends_with(0).json();
    assert_eq!(names(&list), ["api-7c9a", "api-7c9f", "api-7c9b"]);
    assert_eq!(list["items"][0]["target"]["owner"], json!({ "kind": "Deployment", "name": "api" }));
}

#[test]
fn one_pod_is_judged_once() {
    let list = World::healthy().run(&["doctor", "deploy/api", "-o", "json"]).ends_with(0).json();
    assert_eq!(names(&list), ["api-7c9f"]);
}

#[test]
fn the_worst_of_the_pods_counts() {
    let world = World::healthy();
    add_pod(&world, "api-7c9a", "2026-11-20T13:40:00Z", |pod| pod["spec"]["containers"][0]["env"] = json!([]));
    let list = world.run(&["doctor", "deploy/api", "-o", "json"]).ends_with(1).json();
    let found = (causes(&list["items"][0]), causes(&list["items"][1]));
    assert_eq!(found, (vec!["PID340", "PID370"], vec!["PID370"]), "{list:#}");
}

#[test]
fn a_workload_without_pods_is_judged_by_its_template() {
    let world = World::healthy();
    world.kubernetes.remove(POD);
    let list = world.run(&["doctor", "deploy/api", "-o", "json"]).json();
    let item = &list["items"][0];
    assert_eq!((names(&list), &item["target"]["fromTemplate"]), (vec!["api"], &json!(true)));
    assert_eq!((&item["target"]["kind"], &item["target"]["serviceAccount"]), (&json!("Deployment"), &json!("api")));
    assert_eq!(causes(item), Vec::<&str>::new(), "{item:#}");
    assert_eq!(list["samples"][0]["total"], 0);
}

#[test]
fn a_workload_that_is_not_there_is_told_with_its_nearest_names() {
    let world = World::healthy();
    let run = world.run(&["doctor", "deploy/apu", "-o", "json"]).ends_with(3);
    assert_eq!(run.json()["kind"], "DiagnosisList");
    world.run(&["doctor", "deploy/apu"]).ends_with(3).says(&["apu", "api"]);
}

/// A workload of the healthy pod, in the place of its deployment.
fn owned_by(kind: &str, api_version: &str) -> World {
    let world = World::healthy();
    let template = world.kubernetes.object("/apis/apps/v1/namespaces/shop/deployments/api")["spec"]["template"].take();
    let spec = json!({ "selector": { "matchLabels": { "app": "api" } }, "template": template });
    let metadata = json!({ "name": "work", "namespace": "shop" });
    world.kubernetes.put(json!({ "apiVersion": api_version, "kind": kind, "metadata": metadata, "spec": spec }));
    let owner = json!({ "apiVersion": api_version, "kind": kind, "name": "work", "controller": true });
    world.kubernetes.patch(POD, &json!({ "metadata": { "ownerReferences": [owner] } }));
    world
}

#[test]
fn stateful_sets_daemon_sets_and_jobs_own_their_pods_themselves() {
    for (kind, api_version, word) in
        [("StatefulSet", "apps/v1", "sts"), ("DaemonSet", "apps/v1", "ds"), ("Job", "batch/v1", "job")]
    {
        let world = owned_by(kind, api_version);
        let list = world.run(&["doctor", &format!("{word}/work"), "-o", "json"]).ends_with(0).json();
        assert_eq!(names(&list), ["api-7c9f"], "{kind}");
        let owner = json!({ "kind": kind, "name": "work" });
        assert_eq!(list["items"][0]["target"]["owner"], owner);
        assert_eq!(world.diagnosis(&[])["target"]["owner"], owner, "the pod's own chain says the same");
    }
}

#[test]
fn a_cron_job_stands_for_the_pods_of_its_jobs() {
    let world = owned_by("Job", "batch/v1");
    let job = "/apis/batch/v1/namespaces/shop/jobs/work";
    let template = world.kubernetes.object(job)["spec"].take();
    let above = json!({ "apiVersion": "batch/v1", "kind": "CronJob", "name": "nightly", "controller": true });
    world.kubernetes.patch(job, &json!({ "metadata": { "ownerReferences": [above] } }));
    let metadata = json!({ "name": "nightly", "namespace": "shop" });
    let spec = json!({ "schedule": "@daily", "jobTemplate": { "spec": template } });
    world.kubernetes.put(json!({ "apiVersion": "batch/v1", "kind": "CronJob", "metadata": metadata, "spec": spec }));
    let list = world.run(&["doctor", "cj/nightly", "-o", "json"]).ends_with(0).json();
    assert_eq!(names(&list), ["api-7c9f"]);
    assert_eq!(list["items"][0]["target"]["owner"], json!({ "kind": "CronJob", "name": "nightly" }));
    assert_eq!(world.diagnosis(&[])["target"]["owner"], json!({ "kind": "CronJob", "name": "nightly" }));
}

#[test]
fn a_daemon_set_shows_a_pod_on_a_node_without_a_ready_agent() {
    let world = owned_by("DaemonSet", "apps/v1");
    let lonely = |pod: &mut Value| pod["spec"]["nodeName"] = json!("lonely.eu-west-1.compute.internal");
    add_pod(&world, "api-2", "2026-11-20T13:05:00Z", |_| {});
    add_pod(&world, "api-3", "2026-11-20T13:06:00Z", lonely);
    add_pod(&world, "api-4", "2026-11-20T13:07:00Z", |_| {});
    let mut node = world.kubernetes.object("/api/v1/nodes/ip-10-0-1-7.eu-west-1.compute.internal");
    node["metadata"]["name"] = json!("lonely.eu-west-1.compute.internal");
    world.kubernetes.put(node);
    let list = world.run(&["doctor", "ds/work", "-o", "json"]).ends_with(1).json();
    assert_eq!(names(&list), ["api-4", "api-7c9f", "api-3"]);
    assert_eq!(causes(&list["items"][2]), ["PID630"]);
}

#[test]
fn a_list_of_more_than_a_page_is_read_to_its_end_and_begun_again_once_if_its_place_expires() {
    let world = World::healthy();
    for number in 0..1_003 {
        add_pod(&world, &format!("api-{number:04}"), "2026-11-20T13:30:00Z", |_| {});
    }
    add_pod(&world, "api-zzzz", "2026-11-20T13:50:00Z", |_| {});
    let list = world.run(&["doctor", "deploy/api", "-o", "json"]).ends_with(0).json();
    assert_eq!((names(&list), &list["samples"][0]["total"]), (vec!["api-zzzz", "api-7c9f"], &json!(1_005)));
    world.kubernetes.fault_times("/api/v1/namespaces/shop/pods", Kind::Expired, 1);
    let list = world.run(&["doctor", "deploy/api", "-o", "json"]).ends_with(0).json();
    assert_eq!(list["samples"][0]["total"], 1_005);
}
