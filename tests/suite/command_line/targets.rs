//! What can be named: pods, service accounts, several at once, labels.

use serde_json::json;

use super::verdicts;
use crate::support::world::{POD, World, causes};

#[test]
fn a_pod_is_named_with_and_without_its_kind() {
    let world = World::healthy();
    for name in ["api-7c9f", "pod/api-7c9f", "po/api-7c9f", "pods/api-7c9f"] {
        let run = world.run(&["doctor", name, "-o", "json"]).ends_with(0);
        assert_eq!(run.json()["target"]["name"], "api-7c9f");
    }
}

#[test]
fn the_namespace_comes_from_the_flag_before_the_context() {
    let world = World::healthy();
    world.configure(|kubeconfig| kubeconfig["contexts"][0]["context"]["namespace"] = json!("elsewhere"));
    world.doctor(&["-o", "short"]).ends_with(3).says(&["elsewhere/api-7c9f"]);
    world.doctor(&["-n", "shop"]).ends_with(0);
}

#[test]
fn a_service_account_needs_no_pod() {
    let world = World::healthy();
    world.kubernetes.remove(POD);
    let document = world.run(&["doctor", "sa/api", "-o", "json"]).ends_with(0).json();
    assert_eq!((&document["kind"], &document["verdict"]), (&json!("Diagnosis"), &json!("healthy")), "{document:#}");
    assert_eq!(document["target"]["kind"], "ServiceAccount");
    assert!(world.kubernetes.requests().iter().all(|request| !request.path.contains("/pods/")));
    verdicts::without_association(&world);
    let document = world.run(&["doctor", "sa/api", "-o", "json"]).ends_with(1).json();
    assert_eq!(causes(&document), ["PID210"]);
}

#[test]
fn a_service_account_that_is_not_there_is_told_with_the_nearest_names() {
    let world = World::healthy();
    let document = world.run(&["doctor", "sa/apo", "-o", "json"]).ends_with(3).json();
    assert_eq!((causes(&document), &document["targetGap"]["reason"]), (vec![], &json!("insufficient")));
    world.run(&["doctor", "sa/apo"]).ends_with(3).says(&["service account apo was not found", "similar names: api"]);
}

#[test]
fn of_several_targets_the_worst_counts() {
    let world = World::healthy();
    let list = world.run(&["doctor", "api-7c9f", "sa/api", "-o", "json"]).ends_with(0).json();
    assert_eq!((&list["kind"], &list["verdict"]), (&json!("DiagnosisList"), &json!("healthy")));
    assert_eq!(list["items"].as_array().map(Vec::len), Some(2));
    let list = world.run(&["doctor", "api-7c9f", "missing", "-o", "json"]).ends_with(3).json();
    assert_eq!(list["verdict"], "inconclusive");
    assert_eq!((&list["items"][0]["exitCode"], &list["items"][1]["exitCode"]), (&json!(0), &json!(3)));
    verdicts::without_association(&world);
    let list = world.run(&["doctor", "missing", "api-7c9f", "sa/worker", "-o", "json"]).ends_with(1).json();
    assert_eq!(list["verdict"], "broken", "broken counts more than inconclusive");
    for format in ["table", "short", "yaml"] {
        world.run(&["doctor", "missing", "api-7c9f", "sa/worker", "-o", format]).ends_with(1);
    }
}

#[test]
fn several_targets_of_a_namespace_read_its_surroundings_once() {
    let world = World::healthy();
    world.run(&["doctor", "api-7c9f", "sa/api"]).ends_with(0);
    for path in ["/apis/apps/v1/daemonsets", "/api/v1/namespaces/shop"] {
        let asked = world.kubernetes.requests().iter().filter(|request| request.path == path).count();
        assert_eq!(asked, 1, "{path}");
    }
    let described = world.aws.requests().iter().filter(|request| request.operation == "DescribeCluster").count();
    assert_eq!(described, 1);
}

#[test]
fn what_pods_share_is_read_once() {
    let asked = |world: &World, path: &str| world.kubernetes.requests().iter().filter(|one| one.path == path).count();
    let world = World::healthy();
    for number in 2..=5 {
        let mut pod = world.kubernetes.object(POD);
        pod["metadata"]["name"] = json!(format!("api-7c9f-{number}"));
        pod["metadata"]["uid"] = json!(format!("00000000-0000-0000-0000-00000000000{number}"));
        world.kubernetes.put(pod);
    }
    let list = world.run(&["doctor", "-l", "app=api", "-o", "json"]).json();
    assert_eq!(list["items"].as_array().map(Vec::len), Some(5));
    let node = list["items"][0]["target"]["node"].as_str().expect("a node").to_owned();
    for path in [
        "/api/v1/namespaces/shop/serviceaccounts/api",
        "/apis/apps/v1/namespaces/shop/replicasets/api-7c9f",
        &format!("/api/v1/nodes/{node}"),
    ] {
        assert_eq!(asked(&world, path), 1, "{path}");
    }
    for operation in ["DescribePodIdentityAssociation", "GetRole", "DescribeCluster"] {
        let asked = world.aws.requests().iter().filter(|request| request.operation == operation).count();
        assert_eq!(asked, 1, "{operation}");
    }
}

#[test]
fn what_namespaces_share_is_read_once() {
    let world = World::healthy();
    let mut pod = world.kubernetes.object(POD);
    pod["metadata"]["namespace"] = json!("store");
    world.kubernetes.put(pod);
    let list = world.run(&["doctor", "-A", "-o", "json"]).json();
    let namespaces: Vec<&str> =
        list["items"].as_array().expect("items").iter().filter_map(|one| one["target"]["namespace"].as_str()).collect();
    assert!(namespaces.contains(&"shop") && namespaces.contains(&"store"), "{namespaces:?}");
    for path in ["/apis/apps/v1/daemonsets", "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations"] {
        assert_eq!(world.kubernetes.requests().iter().filter(|one| one.path == path).count(), 1, "{path}");
    }
    for operation in ["DescribeCluster", "DescribeAddon", "GetCallerIdentity"] {
        let asked = world.aws.requests().iter().filter(|request| request.operation == operation).count();
        assert_eq!(asked, 1, "{operation}");
    }
}

#[test]
fn labels_choose_pods_in_one_namespace_or_in_all() {
    let world = World::healthy();
    let list = world.run(&["doctor", "-l", "app=api", "-o", "json"]).ends_with(0).json();
    assert_eq!((&list["kind"], list["items"].as_array().map(Vec::len)), (&json!("DiagnosisList"), Some(1)));
    assert_eq!(
        list["samples"][0],
        json!({ "asked": "-l app=api", "namespace": "shop", "judged": 1, "total": 1, "isSample": false, "leftOut": 0 })
    );
    let agents = "app.kubernetes.io/name=eks-pod-identity-agent";
    let none = world.run(&["doctor", "-l", agents, "-o", "json"]).json();
    assert_eq!(none["items"], json!([]));
    let list = world.run(&["doctor", "-A", "-l", agents, "-o", "json"]).json();
    assert_eq!(list["items"][0]["target"]["namespace"], "kube-system");
    assert_eq!(list["samples"][0]["namespace"], json!(null));
    let every = world.run(&["doctor", "-A", "-o", "json"]).json();
    assert_eq!(every["items"][0]["target"]["namespace"], "shop");
    assert_eq!((&every["samples"][0]["asked"], &every["samples"][0]["namespace"]), (&json!("-A"), &json!(null)));
}

#[test]
fn a_selector_without_a_match_is_an_empty_list() {
    let world = World::healthy();
    for format in ["table", "short", "json", "yaml"] {
        world.run(&["doctor", "-l", "app=nothing", "-o", format]).ends_with(3);
    }
    let list = world.run(&["doctor", "-l", "app=nothing", "-o", "json"]).json();
    assert_eq!((&list["items"], &list["verdict"]), (&json!([]), &json!("inconclusive")));
    world.run(&["doctor", "-l", "app=nothing"]).says(&["no pod for -l app=nothing in namespace shop"]);
    world.run(&["doctor", "-l", "app=nothing", "--fail-on", "never", "-o", "json"]).ends_with(0).json();
}
