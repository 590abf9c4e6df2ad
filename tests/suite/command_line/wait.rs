//! `wait sa/NAME`: polls until new pods get their variables, and says what it saw.

use std::time::{Duration, Instant};

use podid_doubles::aws::{Fault, Kind as AwsKind};
use podid_doubles::http::Response;
use serde_json::{Value, json};

use crate::support::kubernetes::{Kind, status};
use crate::support::world::World;

const PODS: &str = "/api/v1/namespaces/shop/pods";

/// A pod that no webhook has changed.
pub fn lacking() -> Response {
    let containers = json!([{ "name": "canary", "env": [] }]);
    let pod = json!({ "kind": "Pod", "metadata": { "name": "podid-canary-1" }, "spec": { "containers": containers } });
    Response::json(201, &pod)
}

fn wait(world: &World, more: &[&str], code: u8) -> Value {
    let run = world.run(&[&["wait", "sa/api", "-o", "json"], more].concat()).ends_with(code.into());
    let document = run.json();
    assert_eq!((&document["kind"], &document["exitCode"]), (&json!("Wait"), &json!(code)), "{document:#}");
    document
}

#[test]
fn it_waits_until_the_doctor_finds_it_healthy() {
    let world = World::healthy();
    world.run(&["wait", "deploy/api", "--for=healthy", "-o", "json"]).ends_with(0).json();
    let alone = world.run(&["wait", "api-7c9f", "--for=healthy", "-o", "json"]).ends_with(0).json();
    assert_eq!(alone["kind"], "Diagnosis");
    // The first diagnosis is refused something that decides, the second is not.
    let denied = AwsKind::AccessDenied { message: None };
    world.aws.fault(Fault::on("eks:ListPodIdentityAssociations", denied.clone()).times(1));
    let run = world.run(&["wait", "sa/api", "--for=healthy", "--timeout", "20s"]).ends_with(0);
    assert!(run.took.as_secs() >= 4 && run.took.as_secs() < 15, "{:?}", run.took);
    // At the end the last report stands there, with its own exit code.
    world.aws.fault(Fault::on("eks:ListPodIdentityAssociations", denied));
    world.run(&["wait", "api-7c9f", "--for=healthy", "--timeout", "1s"]).ends_with(3).says(&["inconclusive"]);
    let broken = super::verdicts::broken();
    let report =
        broken.run(&["wait", "api-7c9f", "--for=healthy", "--timeout", "1s", "-o", "json"]).ends_with(1).json();
    assert_eq!(report["verdict"], "broken");
    broken.run(&["wait", "po/x/y", "--for=healthy"]).ends_with(2);
}

#[test]
fn what_is_injected_is_confirmed_and_told() {
    let world = World::healthy();
    let document = wait(&world, &["--for=injected"], 0);
    assert_eq!((&document["state"], &document["dryRuns"]["injected"]), (&json!("met"), &json!(5)));
    assert_eq!(document["requests"], json!({ "kubernetes": 6, "aws": 0 }));
    assert!(world.aws.requests().is_empty());
    world.run(&["wait", "sa/api"]).ends_with(0).says(&[
        "shop/api service account",
        "✓ injected: new pods get the credential variables",
        "saw 5 of 5 dry-runs with the variables, without a gap since",
    ]);
    let run = world.run(&["wait", "serviceaccount/api", "-o", "short"]).ends_with(0);
    assert_eq!(run.stdout, "ok shop/api injected: new pods get the credential variables\n");
    assert_eq!(run.stderr, "");
    let yaml = world.run(&["wait", "sa/api", "-o", "yaml"]).ends_with(0).yaml();
    assert_eq!(yaml["state"], "met");
}

#[test]
fn it_waits_until_all_instances_agree() {
    let world = World::healthy();
    // Not yet; then one instance knows, and one of those asked to confirm does not; then all do.
    let rest = [Some(lacking()), None, None, Some(lacking()), None, None, None];
    world.kubernetes.answer_dry_runs(rest.to_vec());
    let begun = Instant::now();
    let document = wait(&world, &["--timeout", "30s"], 0);
    let took = begun.elapsed();
    assert_eq!(document["dryRuns"]["lacking"], 2);
    assert_eq!(document["dryRuns"]["injected"], 1 + 3 + 5);
    assert!(took > Duration::from_secs(4) && took < Duration::from_secs(12), "{took:?}");
}

#[test]
fn what_does_not_come_in_time_is_told_with_the_rate() {
    let world = World::healthy();
    world.kubernetes.answer_dry_runs(vec![Some(lacking())]);
    let document = wait(&world, &["--timeout", "3s"], 1);
    assert_eq!((&document["state"], &document["since"]), (&json!("notMet"), &Value::Null));
    assert!(document["dryRuns"]["lacking"].as_u64() >= Some(1), "{document:#}");
    world.run(&["wait", "sa/api", "--timeout", "1s"]).ends_with(1).says(&[
        "✗ not injected in time: new pods get no credential variables",
        "0 of 1 dry-runs with the variables",
        "kubectl podid doctor sa/api -n shop --canary",
    ]);
}

#[test]
fn what_cannot_be_told_ends_at_once() {
    let begun = Instant::now();
    for answer in [
        status::refused_pod("error looking up service account shop/api: serviceaccount \"api\" not found"),
        status::refused_pod("violates PodSecurity \"restricted:latest\": runAsNonRoot != true"),
        status::status(404, "NotFound", "namespaces \"shop\" not found", None),
    ] {
        let world = World::healthy();
        world.kubernetes.answer_dry_runs(vec![Some(answer)]);
        let document = wait(&world, &[], 3);
        assert!(document["reason"].as_str().is_some_and(|why| why.contains("refused the pod")), "{document:#}");
    }
    let world = World::healthy();
    world.kubernetes.allow_only(world.run(&["permissions", "-o", "json"]).json()["rbac"].clone());
    wait(&world, &[], 3);
    let world = World::healthy();
    world.kubernetes.fault("*", Kind::Unauthorized);
    wait(&world, &[], 3);
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
}

#[test]
fn silence_is_waited_out_and_then_not_known() {
    let world = World::healthy();
    world.kubernetes.fault(PODS, Kind::Cut);
    let document = wait(&world, &["--timeout", "3s"], 3);
    assert!(document["reason"].as_str().is_some_and(|why| why.starts_with("no dry-run was answered")), "{document:#}");
    let world = World::healthy();
    world.kubernetes.fault_times(PODS, Kind::Cut, 1);
    assert_eq!(wait(&world, &["--timeout", "20s"], 0)["dryRuns"]["unanswered"], 1);
}

/// A world with a login whose program gives `token-1`, `token-2` and so on; `end` is what it says of their end.
fn numbered_logins(end: &str) -> World {
    let world = World::healthy();
    let count = r#"number=$(($(cat "$HOME/number" 2>/dev/null || echo 0) + 1)); echo $number >"$HOME/number""#;
    let print = format!(r#"echo "{{\"status\":{{\"token\":\"token-$number\"{end}}}}}""#);
    world.log_in_by(&json!({ "apiVersion": "client.authentication.k8s.io/v1", "command": "/bin/sh",
        "args": ["-c", format!("{count}; {print}")], "interactiveMode": "Never" }));
    world
}

/// Who the requests came from, each login once.
fn logins(world: &World) -> Vec<String> {
    let requests = world.kubernetes.requests();
    let mut logins: Vec<String> =
        requests.iter().filter_map(|request| request.header("authorization").map(str::to_owned)).collect();
    logins.dedup();
    logins
}

#[test]
fn a_login_that_ends_while_waiting_is_renewed() {
    let ended = r#",\"expirationTimestamp\":\"2026-01-01T00:00:00Z\""#;
    let world = numbered_logins(ended);
    world.kubernetes.let_in("Bearer token-*");
    world.kubernetes.answer_dry_runs(vec![Some(lacking())]);
    wait(&world, &["--timeout", "3s"], 1);
    assert_eq!(logins(&world), ["Bearer token-1", "Bearer token-2", "Bearer token-3"]);
    // One that names no end holds until it is refused.
    let world = numbered_logins("");
    world.kubernetes.let_in("Bearer token-*");
    world.kubernetes.answer_dry_runs(vec![Some(lacking())]);
    wait(&world, &["--timeout", "3s"], 1);
    assert_eq!(logins(&world), ["Bearer token-1"]);
}

#[test]
fn a_login_that_is_refused_while_waiting_is_asked_for_again() {
    let world = numbered_logins("");
    world.kubernetes.let_in("Bearer token-2");
    wait(&world, &[], 0);
    assert_eq!(logins(&world), ["Bearer token-1", "Bearer token-2"]);
    // Once for each refusal: a user who is not known stays unknown.
    let world = numbered_logins("");
    world.kubernetes.let_in("Bearer of-somebody-else");
    let document = wait(&world, &[], 3);
    assert_eq!(logins(&world), ["Bearer token-1", "Bearer token-2"]);
    assert!(document["reason"].as_str().is_some_and(|why| !why.contains("token-")), "{document:#}");
}

#[test]
fn nonsense_is_a_usage_error() {
    let world = World::healthy();
    for words in [&["wait", "api"][..], &["wait", "deploy/api"], &["wait", "sa/api", "--for=ready"], &["wait", "sa/A_"]]
    {
        world.run(words).ends_with(2);
    }
    world.run(&["wait", "sa/api", "-o", "html"]).ends_with(2);
}
