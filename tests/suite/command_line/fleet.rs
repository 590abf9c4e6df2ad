//! What large clusters cost: requests, memory, and time beside curl's for the same pages. Run by `scripts/ready fleet`.

use std::fmt::Write as _;
use std::process::Command;
use std::time::Duration;

use podid_doubles::aws::state::Association;
use serde_json::{Value, json};

use super::verdicts::change_cluster;
use crate::support::cost::{Cost, measure};
use crate::support::kubernetes::Many;
use crate::support::world::{POD, TOKEN, World};

/// How many service accounts a namespace has.
const IN_NAMESPACE: usize = 25;

fn account(number: usize) -> (String, String) {
    (format!("team-{:04}", number / IN_NAMESPACE), format!("app-{:02}", number % IN_NAMESPACE))
}

/// A cluster of so many pods, like the healthy one, of so many associated service accounts.
pub fn large(pods: usize, accounts: usize) -> World {
    let world = cluster(pods, accounts, &json!({}));
    change_cluster(&world, |cluster| {
        cluster.associations = (0..accounts)
            .map(|number| {
                let (namespace, name) = account(number);
                let role = format!("arn:aws:iam::111122223333:role/{}", if number % 2 == 0 { "api" } else { "other" });
                let text = json!({ "namespace": namespace, "serviceAccount": name, "roleArn": role,
                    "associationId": format!("a-{number:017}"), "createdAt": "2026-01-02T10:00:00Z" });
                serde_json::from_value::<Association>(text).expect("an association")
            })
            .collect();
    });
    world
}

/// The same on IRSA: each service account has the annotation, and no association.
fn large_on_irsa(pods: usize, accounts: usize) -> World {
    let role = json!({ "eks.amazonaws.com/role-arn": "arn:aws:iam::111122223333:role/api" });
    let world = cluster(pods, accounts, &role);
    change_cluster(&world, |cluster| cluster.associations.clear());
    world
}

/// Pods like the healthy one, and service accounts with these annotations.
fn cluster(pods: usize, accounts: usize, annotations: &Value) -> World {
    let world = World::healthy();
    let annotations = annotations.clone();
    let mut pod = world.kubernetes.object(POD);
    pod["metadata"]["name"] = json!("POD-NAME");
    pod["metadata"]["namespace"] = json!("POD-NAMESPACE");
    pod["spec"]["serviceAccountName"] = json!("POD-ACCOUNT");
    // As large as pods are: what nobody reads has to be read over.
    pod["metadata"]["managedFields"] = json!([{ "manager": "kubelet", "operation": "Update",
        "fieldsV1": { "f:status": { "f:conditions": "x".repeat(1_500) } } }]);
    let text = pod.to_string();
    world.kubernetes.serve_many(Many {
        path: "/api/v1/pods".to_owned(),
        kind: "PodList".to_owned(),
        total: pods,
        object: Box::new(move |place| {
            let (namespace, name) = account(place % accounts);
            text.replace("POD-NAMESPACE", &namespace)
                .replace("POD-ACCOUNT", &name)
                .replace("POD-NAME", &format!("{name}-{place:06}"))
        }),
    });
    world.kubernetes.serve_many(Many {
        path: "/api/v1/serviceaccounts".to_owned(),
        kind: "ServiceAccountList".to_owned(),
        total: accounts,
        object: Box::new(move |place| {
            let (namespace, name) = account(place);
            json!({ "metadata": { "namespace": namespace, "name": name, "annotations": annotations } }).to_string()
        }),
    });
    world
}

/// How long a run may take before it is ended.
const LONGEST: Duration = Duration::from_mins(10);

/// curl, for the same pages over one connection.
fn curl(world: &World, pages: &[(&str, usize)]) -> Cost {
    let mut config = String::new();
    for (path, total) in pages {
        for from in (0..*total).step_by(500) {
            let place = if from == 0 { String::new() } else { format!("&continue={from}") };
            writeln!(config, "url = \"{}{path}?limit=500{place}\"\noutput = \"/dev/null\"", world.kubernetes.url())
                .expect("text");
        }
    }
    world.write("curl", &config);
    let mut command = Command::new("curl");
    command.args(["-sk", "-H", &format!("Authorization: Bearer {TOKEN}"), "-K", &world.argument("curl")]);
    measure(command, LONGEST)
}

fn list(world: &World, more: &[&str]) -> Cost {
    let arguments = [&["list", "-o", "json", "--timeout", "10m"], more].concat();
    let cost = measure(world.command(&arguments).prepared(), LONGEST);
    assert_eq!(cost.code, Some(0), "{}", &cost.stdout[..cost.stdout.len().min(2_000)]);
    cost
}

/// What it costs to plan the move of that many service accounts from IRSA.
fn migration(pods: usize, accounts: usize) -> String {
    let world = large_on_irsa(pods, accounts);
    world.kubernetes.forget_requests();
    world.aws.forget_requests();
    let cost = measure(world.command(&["migrate", "-o", "json", "--timeout", "10m"]).prepared(), LONGEST);
    let document: Value = serde_json::from_str(&cost.stdout).unwrap_or_else(|error| {
        panic!("{error}: {:?} {}", cost.code, &cost.stdout[..cost.stdout.len().min(2_000)]);
    });
    assert_eq!(document["items"].as_array().map(Vec::len), Some(accounts));
    let (kubernetes, aws) = (world.kubernetes.requests().len(), world.aws.requests().len());
    assert!(kubernetes <= pods.div_ceil(500) + accounts.div_ceil(500) + 3 && aws <= 20, "{kubernetes} + {aws}");
    let (took, peak) = (cost.took.as_secs_f64(), cost.peak / 1024);
    assert!(peak <= 250, "{peak} MiB");
    format!("{pods:>7} pods, migrate {took:>24.2} s {peak:>34} MiB  {kubernetes} + {aws} requests\n")
}

/// Pods, service accounts, and the ratio to curl that may be: nothing is told by a build that is not optimised.
#[test]
#[expect(clippy::print_stdout, reason = "its figures are what a bench is for")]
#[ignore = "a bench: minutes of a machine of its own; scripts/ready fleet runs it"]
fn a_large_cluster_is_listed_in_bounded_memory() {
    let is_release = std::env::var_os("PODID_BINARY").is_some();
    let mut told = String::new();
    for (pods, accounts) in [(100, 20), (10_000, 500), (100_000, 5_000)] {
        let world = large(pods, accounts);
        let plain = curl(&world, &[("/api/v1/pods", pods), ("/api/v1/serviceaccounts", accounts)]);
        for flags in [&["--no-roles"][..], &[], &["--trust"]] {
            world.kubernetes.forget_requests();
            world.aws.forget_requests();
            let cost = list(&world, flags);
            let document: Value = serde_json::from_str(&cost.stdout).expect("JSON");
            let items = document["items"].as_array().expect("items");
            assert_eq!(items.len(), accounts);
            let sum: u64 = items.iter().map(|item| item["pods"]["injected"].as_u64().expect("a number")).sum();
            assert_eq!(sum, pods as u64);
            let (kubernetes, aws) = (world.kubernetes.requests().len(), world.aws.requests().len());
            assert_eq!(kubernetes, pods.div_ceil(500) + accounts.div_ceil(500) + 1);
            let lists = accounts.div_ceil(100) + 2;
            let described = if flags.contains(&"--no-roles") { 0 } else { accounts };
            let roles = if flags.contains(&"--trust") { 2 } else { 0 };
            assert_eq!(aws, lists + described + roles);
            let ratio = cost.took.as_secs_f64() / plain.took.as_secs_f64();
            writeln!(
                told,
                "{pods:>7} pods {accounts:>5} accounts {flags:<14} {:>6.2} s  curl {:>5.2} s  ratio {ratio:>5.2}  {:>4} MiB  {kubernetes} + {aws} requests",
                cost.took.as_secs_f64(),
                plain.took.as_secs_f64(),
                cost.peak / 1024,
                flags = flags.join(" "),
            )
            .expect("text");
            assert!(cost.peak / 1024 <= 250, "{told}");
            // Twenty pods take what a process takes to start.
            assert!(!is_release || pods < 10_000 || flags != ["--no-roles"] || ratio <= 2.0, "{told}");
        }
        world.kubernetes.forget_requests();
        let cost = measure(world.command(&["nodes", "-o", "json", "--timeout", "10m"]).prepared(), LONGEST);
        assert_eq!(cost.code, Some(0), "{}", &cost.stdout[..cost.stdout.len().min(2_000)]);
        let document: Value = serde_json::from_str(&cost.stdout).expect("JSON");
        assert_eq!(document["items"][0]["pods"], pods);
        let kubernetes = world.kubernetes.requests().len();
        assert_eq!(kubernetes, pods.div_ceil(500) + 3, "pods; nodes, daemon sets, agents");
        let took = cost.took.as_secs_f64();
        writeln!(told, "{pods:>7} pods, nodes {took:>26.2} s {:>34} MiB  {kubernetes} requests", cost.peak / 1024)
            .expect("text");
        assert!(cost.peak / 1024 <= 250, "{told}");
        told.push_str(&migration(pods, accounts));
    }
    println!("{told}");
}
