//! The permissions that `permissions` prints are enough, and whoever has fewer is told which are missing.

use serde_json::{Value, json};

use crate::support::kubernetes::Kind;
use crate::support::world::{ACCESS_KEY, POD, World, check};

/// A world whose user has the printed permissions and no others.
fn bounded(world: World, more: &[&str]) -> World {
    let printed = world.run(&[&["permissions", "-o", "json"], more].concat()).ends_with(0).json();
    world.kubernetes.allow_only(printed["rbac"].clone());
    let actions = printed["iam"]["Statement"][0]["Action"].clone();
    let actions: Vec<String> = serde_json::from_value(actions).expect("a list of actions");
    let limit = |state: &mut podid_doubles::aws::State| {
        state.access_keys.get_mut(ACCESS_KEY).expect("the key").allowed_actions = Some(actions);
    };
    world.aws.change(limit).expect("a change");
    world
}

/// Runs with all permissions, then with the printed ones: the same must come out.
#[track_caller]
fn same_with_less(world: World, more: &[&str], arguments: &[&str]) {
    let arguments = [&["doctor"], arguments, &["-o", "json"]].concat();
    let without = |mut document: Value| {
        document["durationMs"] = json!(0);
        for item in document["items"].as_array_mut().into_iter().flatten() {
            item["durationMs"] = json!(0);
            item["requests"] = json!(0);
        }
        document["requests"] = json!(0);
        document
    };
    let with_all = world.run(&arguments);
    let with_less = bounded(world, more).run(&arguments).ends_with(with_all.code);
    assert_eq!(without(with_all.json()), without(with_less.json()));
}

#[test]
fn what_is_printed_is_enough() {
    for namespace in [&[][..], &["--for-namespace", "shop"], &["--for-namespace", "shop,kube-system"]] {
        for target in ["api-7c9f", "deploy/api", "rs/api-7c9f", "sa/api", "missing", "sa/worker", "deploy/ap", "cj/x"] {
            same_with_less(World::healthy(), namespace, &[target]);
        }
        same_with_less(World::healthy(), namespace, &["-l", "app=api"]);
    }
    same_with_less(World::healthy(), &[], &["-A", "-l", "app=api"]);
}

#[test]
fn what_is_printed_is_enough_for_jobs_and_config_maps() {
    let world = || {
        let world = World::healthy();
        let job = json!({ "apiVersion": "batch/v1", "kind": "Job", "name": "work", "controller": true });
        let cron = json!({ "apiVersion": "batch/v1", "kind": "CronJob", "name": "nightly", "controller": true });
        let metadata = json!({ "name": "work", "namespace": "shop", "ownerReferences": [cron] });
        world.kubernetes.put(json!({ "apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "spec": {} }));
        let metadata = json!({ "name": "nightly", "namespace": "shop" });
        world.kubernetes.put(json!({ "apiVersion": "batch/v1", "kind": "CronJob", "metadata": metadata, "spec": {} }));
        let mut pod = world.kubernetes.object(POD);
        pod["metadata"]["ownerReferences"] = json!([job]);
        pod["spec"]["containers"][0]["envFrom"] = json!([{ "configMapRef": { "name": "settings" } }]);
        world.kubernetes.put(pod);
        world
    };
    for target in ["api-7c9f", "job/work", "cj/nightly"] {
        same_with_less(world(), &["--for-namespace", "shop"], &[target]);
    }
}

#[test]
fn what_is_refused_is_told_with_its_permission() {
    let refusals: &[(&str, &str)] = &[
        ("/api/v1/nodes/*", "get nodes"),
        ("/api/v1/namespaces/kube-system/pods", "list pods in kube-system"),
        ("/apis/admissionregistration.k8s.io/*", "list mutatingwebhookconfigurations"),
        ("/api/v1/namespaces/shop/pods/*", "get pods in shop"),
    ];
    for (path, permission) in refusals {
        let world = World::healthy();
        world.kubernetes.fault(path, Kind::Forbidden);
        let run = world.doctor(&["-o", "json"]);
        let document = run.json();
        let missing = document["missingPermissions"].as_array().expect("a list");
        let one = missing.iter().find(|one| one["permission"] == *permission);
        let one = one.unwrap_or_else(|| panic!("{permission} is missing in {missing:#?}"));
        assert_eq!(one["system"], "kubernetes");
        for code in one["settles"].as_array().expect("codes") {
            assert_eq!(check(&document, code.as_str().expect("a code"))["status"], "unknown");
        }
        world.doctor(&[]).says(&[permission]);
    }
}

#[test]
fn a_workload_whose_pods_may_not_be_read_is_told_with_the_permission() {
    let refusals: &[(&str, &str)] = &[
        (
            "/apis/apps/v1/namespaces/shop/deployments/*",
            "get replicasets, deployments, statefulsets, daemonsets in shop",
        ),
        (
            "/apis/apps/v1/namespaces/shop/replicasets/*",
            "get replicasets, deployments, statefulsets, daemonsets in shop",
        ),
        ("/api/v1/namespaces/shop/pods", "list pods in shop"),
    ];
    for (path, permission) in refusals {
        let world = World::healthy();
        world.kubernetes.fault(path, Kind::Forbidden);
        let list = world.run(&["doctor", "deploy/api", "-o", "json"]).ends_with(3).json();
        let missing = list["items"][0]["missingPermissions"].as_array().expect("a list");
        assert!(missing.iter().any(|one| one["permission"] == *permission), "{permission}: {missing:#?}");
    }
}

#[test]
fn names_that_may_not_be_listed_are_no_secret_but_a_permission() {
    for (target, path, permission) in [
        ("deploy/aip", "/apis/apps/v1/namespaces/shop/deployments", "list deployments in shop"),
        ("aip-7c9f", "/api/v1/namespaces/shop/pods", "list pods in shop"),
        ("sa/aip", "/api/v1/namespaces/shop/serviceaccounts", "list serviceaccounts in shop"),
    ] {
        let world = World::healthy();
        world.run(&["doctor", target]).ends_with(3).says(&["similar names: api"]);
        world.kubernetes.fault(path, Kind::Forbidden);
        let next = format!("next: ask for the permission to {permission}");
        let run = world.run(&["doctor", target]).ends_with(3);
        run.says(&["was not found in namespace shop — which names there are could not be listed", &next]);
        let document = world.run(&["doctor", target, "-o", "json"]).json();
        let document = document["items"].as_array().map_or(document.clone(), |items| items[0].clone());
        let missing = json!([{ "system": "kubernetes", "permission": permission, "settles": [] }]);
        assert_eq!(document["missingPermissions"], missing, "{target}");
    }
}
