//! `list` against a played cluster and a played AWS: every state, whatever is denied, pages.

use std::time::Duration;

use podid_doubles::aws::state::Association;
use podid_doubles::aws::{Fault, Kind as AwsKind};
use podid_doubles::waves;
use serde_json::{Value, json};

use super::verdicts::change_cluster;
use crate::support::kubernetes::Kind;
use crate::support::run::Run;
use crate::support::world::{POD, World};

/// The healthy world with one association, that of the pod.
pub fn healthy() -> World {
    alone(World::healthy())
}

fn alone(world: World) -> World {
    change_cluster(&world, |cluster| cluster.associations.retain(|one| one.service_account == "api"));
    world
}

/// Makes a namespace as Kubernetes does: with the certificates of its API server.
fn add_namespace(world: &World, name: &str) {
    let mut root = world.kubernetes.object("/api/v1/namespaces/shop/configmaps/kube-root-ca.crt");
    root["metadata"]["namespace"] = json!(name);
    world.kubernetes.put(root);
}

/// Adds a pod like the healthy one; `change` gets it before it is put.
pub fn add_pod(world: &World, name: &str, change: impl FnOnce(&mut Value)) {
    let mut pod = world.kubernetes.object(POD);
    pod["metadata"]["name"] = json!(name);
    change(&mut pod);
    world.kubernetes.put(pod);
}

/// A pod that the webhook did not change.
pub fn without_variables(pod: &mut Value) {
    for container in pod["spec"]["containers"].as_array_mut().expect("containers") {
        container["env"] = json!([]);
    }
    pod["spec"]["volumes"] = json!([]);
}

fn add_account(world: &World, namespace: &str, name: &str) {
    world.kubernetes.put(json!({ "apiVersion": "v1", "kind": "ServiceAccount",
        "metadata": { "name": name, "namespace": namespace } }));
}

/// Associates a service account with a role of the cluster's account.
pub fn associate(world: &World, namespace: &str, name: &str, role: &str) {
    let text = json!({ "namespace": namespace, "serviceAccount": name,
        "roleArn": format!("arn:aws:iam::111122223333:role/{role}") });
    change_cluster(world, |cluster| {
        cluster.associations.push(serde_json::from_value::<Association>(text).expect("an association"));
    });
}

/// The row of a service account.
pub fn row<'d>(document: &'d Value, namespace: &str, name: &str) -> &'d Value {
    let items = document["items"].as_array().expect("items");
    let own = |item: &&Value| item["namespace"] == namespace && item["serviceAccount"] == name;
    items.iter().find(own).unwrap_or_else(|| panic!("there is no row of {namespace}/{name}: {document:#}"))
}

/// Runs `list` with more arguments.
pub fn list(world: &World, more: &[&str]) -> Run {
    world.run(&[&["list"], more].concat())
}

#[test]
fn a_healthy_cluster_is_listed_with_few_requests() {
    let world = healthy();
    world.set_latency(Duration::from_millis(30));
    let document = list(&world, &["-o", "json"]).ends_with(0).json();
    let own = row(&document, "shop", "api");
    assert_eq!(own["state"], "ok");
    assert_eq!(own["roleArn"], "arn:aws:iam::111122223333:role/api");
    assert_eq!(
        own["pods"],
        json!({ "total": 1, "injected": 1, "stale": 0, "shadowed": 0, "notInjected": 0, "leftOut": 0 })
    );
    assert_eq!(own["trust"], Value::Null, "nobody asked for it");
    // Pods, service accounts, the certificates; the caller, the cluster, the list, the one association.
    let (kubernetes, aws) = (world.kubernetes.requests(), world.aws.requests());
    assert_eq!((kubernetes.len(), aws.len()), (3, 4));
    assert!(waves(aws.iter().map(podid_doubles::aws::Recorded::interval)) <= 2);
    add_namespace(&world, "elsewhere");
    list(&world, &["-n", "elsewhere"])
        .ends_with(0)
        .says(&["no service account in namespace elsewhere has an association"]);
}

#[test]
fn each_state_has_its_row() {
    let world = healthy();
    let old = |pod: &mut Value| pod["metadata"]["creationTimestamp"] = json!("2020-01-01T00:00:00Z");
    add_account(&world, "shop", "cart");
    associate(&world, "shop", "cart", "api");
    for name in ["cart-1", "cart-2"] {
        add_pod(&world, name, |pod| {
            without_variables(pod);
            old(pod);
            pod["spec"]["serviceAccountName"] = json!("cart");
        });
    }
    add_account(&world, "shop", "late");
    associate(&world, "shop", "late", "api");
    add_pod(&world, "late-1", |pod| {
        without_variables(pod);
        pod["metadata"]["creationTimestamp"] = json!("2099-01-01T00:00:00Z");
        pod["spec"]["serviceAccountName"] = json!("late");
    });
    associate(&world, "gone", "app", "api");
    add_account(&world, "shop", "idle");
    associate(&world, "shop", "idle", "api");
    add_account(&world, "shop", "keys");
    associate(&world, "shop", "keys", "api");
    add_pod(&world, "keys-1", |pod| {
        pod["spec"]["serviceAccountName"] = json!("keys");
        let env = pod["spec"]["containers"][0]["env"].as_array_mut().expect("variables");
        env.push(json!({ "name": "AWS_ACCESS_KEY_ID", "value": "AKIAEXAMPLE" }));
        env.push(json!({ "name": "AWS_SECRET_ACCESS_KEY", "valueFrom": { "secretKeyRef": { "name": "aws", "key": "secret" } } }));
    });
    add_account(&world, "shop", "lost");
    add_pod(&world, "lost-1", |pod| pod["spec"]["serviceAccountName"] = json!("lost"));
    world.kubernetes.put(json!({ "apiVersion": "v1", "kind": "ServiceAccount", "metadata": { "name": "older",
        "namespace": "shop", "annotations": { "eks.amazonaws.com/role-arn": "arn:aws:iam::111122223333:role/older" } } }));
    add_account(&world, "shop", "plain");
    // Neither ended pods nor those that are left out need anything.
    add_pod(&world, "done-1", |pod| {
        without_variables(pod);
        old(pod);
        pod["status"]["phase"] = json!("Succeeded");
    });
    add_pod(&world, "skipped-1", |pod| {
        without_variables(pod);
        old(pod);
        pod["metadata"]["labels"]["eks.amazonaws.com/skip-pod-identity-webhook"] = json!("true");
    });
    let document = list(&world, &["-o", "json"]).ends_with(0).json();
    let expected = [
        ("shop", "api", "ok"),
        ("shop", "cart", "stale"),
        ("shop", "late", "notInjected"),
        ("gone", "app", "orphan"),
        ("shop", "idle", "noPods"),
        ("shop", "keys", "shadowed"),
        ("shop", "lost", "unassociated"),
        ("shop", "older", "irsa"),
    ];
    for (namespace, name, state) in expected {
        assert_eq!(row(&document, namespace, name)["state"], state, "{namespace}/{name}");
    }
    assert_eq!(
        document["items"].as_array().map(Vec::len),
        Some(expected.len()),
        "shop/plain has nothing to do with AWS"
    );
    assert_eq!(row(&document, "shop", "cart")["pods"]["stale"], 2);
    assert_eq!(row(&document, "shop", "api")["pods"]["leftOut"], 1);
    assert_eq!(row(&document, "shop", "api")["pods"]["total"], 2);

    // A filter that finds something ends with 1, one that does not with 0.
    for (filter, name) in [
        ("--stale", "sa/cart -n shop"),
        ("--orphans", "sa/app -n gone"),
        ("--shadowed", "sa/keys -n shop"),
        ("--unassociated", "sa/lost -n shop"),
    ] {
        assert_eq!(list(&world, &[filter, "-o", "name"]).ends_with(1).stdout, format!("{name}\n"), "{filter}");
    }
    add_namespace(&world, "gone");
    list(&world, &["--stale", "-n", "gone"]).ends_with(0);
    let both = list(&world, &["--stale", "--orphans", "-o", "name"]).ends_with(1).stdout;
    assert_eq!(both.lines().count(), 2);
    assert_eq!(list(&world, &["--role", "ap*", "-o", "name"]).ends_with(0).stdout.lines().count(), 6);
    list(&world, &[]).ends_with(0).says(&[
        "8 service accounts:",
        "1 stale ·",
        "next: kubectl podid list --restart-plan",
    ]);
    // Without the time of the association nobody can tell whether a pod is older.
    let quick = list(&world, &["--no-roles", "-o", "json"]).ends_with(0).json();
    assert_eq!(row(&quick, "shop", "cart")["state"], "unknown");
    assert_eq!(row(&quick, "shop", "cart")["gap"]["reason"], "notRequested");
    assert_eq!(row(&quick, "shop", "api")["state"], "ok");
}

#[test]
fn trust_policies_are_judged_as_the_doctor_judges_them() {
    let world =
        alone(World::patched(&json!({ "role": { "AssumeRolePolicyDocument": { "Statement": [{ "Effect": "Allow",
        "Action": ["sts:AssumeRole", "sts:TagSession"], "Principal": { "Service": "pods.eks.amazonaws.com" },
        "Condition": { "StringEquals": { "aws:RequestTag/kubernetes-namespace": "shop" } } }] } } })));
    for namespace in ["shop", "staging"] {
        add_account(&world, namespace, "other");
        associate(&world, namespace, "other", "api");
    }
    add_account(&world, "shop", "missing");
    associate(&world, "shop", "missing", "no-such-role");
    let document = list(&world, &["--trust", "-o", "json"]).ends_with(0).json();
    assert_eq!(row(&document, "shop", "api")["trust"]["decision"], "allowed");
    assert_eq!(row(&document, "shop", "other")["trust"]["decision"], "allowed");
    let refused = row(&document, "staging", "other");
    assert_eq!((&refused["state"], &refused["trust"]["code"]), (&json!("refused"), &json!("PID830")));
    assert!(refused["trust"]["says"].as_str().expect("words").contains("namespace shop"), "{refused:#}");
    assert_eq!(row(&document, "shop", "missing")["state"], "roleMissing");
    let reads = world.aws.requests().iter().filter(|request| request.operation == "GetRole").count();
    assert_eq!(reads, 2, "each role once, whatever number of associations share it");
    assert_eq!(
        list(&world, &["--refused", "-o", "name"]).ends_with(1).stdout,
        "sa/missing -n shop\nsa/other -n staging\n"
    );

    // A refusal to read is no refusal to assume.
    world.aws.fault(Fault::on("iam:GetRole", AwsKind::AccessDenied { message: None }));
    let denied = list(&world, &["--trust", "-o", "json"]).ends_with(3).json();
    assert_eq!(row(&denied, "staging", "other")["trust"]["decision"], "undecided");
    assert_eq!(row(&denied, "staging", "other")["trust"]["gap"]["permission"], "iam:GetRole");
    list(&world, &["--refused", "-o", "name"]).ends_with(3);
}

#[test]
fn what_is_denied_is_not_absent() {
    let world = healthy();
    world.aws.fault(Fault::on("eks:ListPodIdentityAssociations", AwsKind::AccessDenied { message: None }));
    let document = list(&world, &["-o", "json"]).ends_with(3).json();
    assert_eq!(row(&document, "shop", "api")["state"], "unknown", "its pods have the variables, so it has or had one");
    assert_eq!(document["clusters"][0]["gaps"][0]["permission"], "eks:ListPodIdentityAssociations");
    let words = "associations not read: eks:ListPodIdentityAssociations denied";
    list(&world, &[]).ends_with(3).says(&[words]);
    // What has no place for it in its form says it beside it.
    for more in [&["-o", "name"][..], &["-o", "csv"], &["-o", "prometheus"], &["--by-role"], &["--restart-plan"]] {
        list(&world, more).ends_with(3).warns(&[words]);
    }
    list(&world, &["--restart-plan"]).says(&["older than their association is not known"]);

    let world = healthy();
    world.kubernetes.fault("/api/v1/pods", Kind::Forbidden);
    let document = list(&world, &["-o", "json"]).ends_with(3).json();
    assert_eq!(row(&document, "shop", "api")["pods"], Value::Null);
    assert_eq!(row(&document, "shop", "api")["state"], "unknown");
    list(&world, &[]).ends_with(3).says(&["pods not read: list pods in all namespaces denied"]);

    let world = healthy();
    associate(&world, "gone", "app", "api");
    world.kubernetes.fault("/api/v1/serviceaccounts", Kind::Forbidden);
    let document = list(&world, &["-o", "json"]).ends_with(3).json();
    assert_eq!(row(&document, "gone", "app")["state"], "unknown", "no orphan, as far as can be told");
    assert_eq!(row(&document, "shop", "api")["state"], "ok", "a pod has the account, so there is one");

    let world = healthy();
    associate(&world, "shop", "cart", "api");
    add_account(&world, "shop", "cart");
    add_pod(&world, "cart-1", |pod| {
        without_variables(pod);
        pod["spec"]["serviceAccountName"] = json!("cart");
    });
    world.aws.fault(Fault::on("eks:DescribePodIdentityAssociation", AwsKind::AccessDenied { message: None }));
    let document = list(&world, &["-o", "json"]).ends_with(3).json();
    assert_eq!(row(&document, "shop", "api")["state"], "ok");
    assert_eq!(row(&document, "shop", "api")["gap"]["permission"], "eks:DescribePodIdentityAssociation");
    assert_eq!(row(&document, "shop", "cart")["state"], "unknown");
    list(&world, &["--restart-plan"]).ends_with(3).warns(&["the plan may lack workloads"]);
}

#[test]
fn no_aws_leaves_it_out() {
    let world = healthy();
    let document = list(&world, &["--no-aws", "-o", "json"]).ends_with(0).json();
    assert_eq!(row(&document, "shop", "api")["state"], "unknown");
    assert_eq!(row(&document, "shop", "api")["gap"]["reason"], "notRequested");
    assert!(world.aws.requests().is_empty());
    // Who looks for trouble is not told that there is none where nobody looked.
    list(&world, &["--no-aws", "--orphans"]).ends_with(3);
    list(&world, &["--no-aws", "--restart-plan"]).ends_with(3).says(&["is not known"]);
    list(&world, &["--no-roles", "--stale"]).ends_with(0);
}

#[test]
fn pods_that_are_left_out_make_no_account_whole() {
    let world = healthy();
    world.kubernetes.remove(POD.trim_end_matches('/'));
    let fresh = World::healthy();
    let mut pod = fresh.kubernetes.object(POD);
    without_variables(&mut pod);
    pod["metadata"]["labels"]["eks.amazonaws.com/skip-pod-identity-webhook"] = json!("true");
    world.kubernetes.put(pod);
    let document = list(&world, &["-o", "json"]).ends_with(0).json();
    assert_eq!(row(&document, "shop", "api")["state"], "leftOut");
}

/// Lets EKS describe another cluster of the same name than the one that kubectl talks to.
pub fn describe_a_namesake(world: &World) {
    let other = podid_doubles::webhook::Certificate::make().expect("a certificate");
    change_cluster(world, |cluster| {
        use base64::Engine as _;
        let data = base64::engine::general_purpose::STANDARD.encode(other.certificate);
        cluster.describe.insert("certificateAuthority".to_owned(), json!({ "data": data }));
        cluster
            .describe
            .insert("endpoint".to_owned(), json!("https://0000000000000000.gr7.eu-west-1.eks.amazonaws.com"));
    });
}

#[test]
fn associations_of_a_namesake_are_nobodys() {
    let world = healthy();
    describe_a_namesake(&world);
    let document = list(&world, &["-o", "json"]).ends_with(3).json();
    assert_eq!(document["clusters"][0]["gaps"][0]["reason"], "otherCluster");
    assert_eq!(row(&document, "shop", "api")["roleArn"], Value::Null);
}

#[test]
fn one_that_vanishes_between_list_and_description_is_not_known() {
    let world = healthy();
    let id = world_association_id(&world);
    let message = format!("The association {id} was not found");
    let kind = AwsKind::Error { status: 404, code: "ResourceNotFoundException".to_owned(), message };
    world.aws.fault(Fault::on("eks:DescribePodIdentityAssociation", kind));
    let document = list(&world, &["-o", "json"]).ends_with(3).json();
    assert_eq!(row(&document, "shop", "api")["state"], "unknown");
    assert_eq!(row(&document, "shop", "api")["gap"]["detail"], "it was deleted while it was being read");
}

fn world_association_id(world: &World) -> String {
    let document = list(world, &["-o", "json"]).json();
    row(&document, "shop", "api")["associationId"].as_str().expect("an id").to_owned()
}

#[test]
fn long_lists_come_in_pages_and_a_place_that_expired_begins_them_again() {
    let world = healthy();
    for number in 0..1_100 {
        add_pod(&world, &format!("api-{number:05}"), |_| {});
    }
    for number in 0..120 {
        associate(&world, "busy", &format!("other-{number}"), "api");
    }
    let document = list(&world, &["-o", "json"]).ends_with(0).json();
    assert_eq!(row(&document, "shop", "api")["pods"]["injected"], 1_101);
    assert_eq!(document["items"].as_array().map(Vec::len), Some(121));
    let pods = |world: &World| world.kubernetes.requests().iter().filter(|one| one.path == "/api/v1/pods").count();
    assert_eq!(pods(&world), 3);
    let lists = world.aws.requests().iter().filter(|one| one.operation == "ListPodIdentityAssociations").count();
    assert_eq!(lists, 2);

    world.kubernetes.forget_requests();
    world.kubernetes.fault_times("/api/v1/pods", Kind::Expired, 1);
    world.kubernetes.fault_times("/api/v1/pods", Kind::Throttled(0), 1);
    let again = list(&world, &["-o", "json"]).ends_with(0).json();
    assert_eq!(again["items"], document["items"]);
    // The place that expired, the one that was too early, and the three pages.
    assert_eq!(pods(&world), 6);
}

/// AWS refuses for longer than the three attempts of a single diagnosis take.
#[test]
fn calls_that_are_throttled_for_a_while_are_made_again() {
    let world = World::healthy();
    let calm = list(&world, &["-o", "json"]).ends_with(0).json();
    for call in ["eks:DescribePodIdentityAssociation", "iam:GetRole"] {
        world.aws.fault(Fault { times: Some(5), ..Fault::on(call, AwsKind::Throttled) });
    }
    let throttled = list(&world, &["-o", "json"]).ends_with(0).json();
    assert_eq!(throttled["items"], calm["items"]);
}
