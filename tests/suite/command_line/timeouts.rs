//! `--timeout` really ends the run, and the report still comes.

use std::net::TcpListener;
use std::time::Duration;

use podid_doubles::aws::{Fault, Kind as AwsKind};
use serde_json::{Value, json};

use crate::support::kubernetes::Kind;
use crate::support::run::Run;
use crate::support::world::{World, check};

/// How much longer than its limit a run may take: starting, judging, writing.
const SLACK: Duration = Duration::from_millis(1500);

/// Runs with a limit of one second, and makes sure that it was kept.
fn limited(world: &World, more: &[&str]) -> Run {
    let run = world.doctor(&[&["--timeout", "1s"], more].concat());
    assert!(run.took < Duration::from_secs(1) + SLACK, "{run:#?}");
    run
}

/// Makes sure that every check stands in a document, and that what is unknown is so because time ran out.
fn all_timed_out(diagnosis: &Value) {
    assert_eq!((&diagnosis["verdict"], &diagnosis["causes"]), (&json!("inconclusive"), &json!([])), "{diagnosis:#}");
    let checks = diagnosis["checks"].as_array().expect("checks");
    assert!(checks.len() > 20);
    let reasons = checks.iter().filter(|check| check["status"] == "unknown").map(|check| &check["gap"]["reason"]);
    let reasons: Vec<&Value> = reasons.collect();
    assert!(
        !reasons.is_empty() && reasons.iter().all(|reason| matches!(reason.as_str(), Some("timedOut" | "blocked")))
    );
}

#[test]
fn an_api_server_that_never_answers() {
    let world = World::healthy();
    world.kubernetes.fault("*", Kind::Hang);
    all_timed_out(&limited(&world, &["-o", "json"]).ends_with(3).json());
    limited(&world, &[]).ends_with(3).says(&["inconclusive", "no answer"]);
}

#[test]
fn an_api_server_that_accepts_and_says_nothing_at_all() {
    let world = World::healthy();
    // The backlog accepts; nobody ever speaks TLS.
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("https://{}", silent.local_addr().expect("an address"));
    world.configure(|kubeconfig| kubeconfig["clusters"][0]["cluster"]["server"] = json!(url));
    all_timed_out(&limited(&world, &["-o", "json"]).ends_with(3).json());
}

#[test]
fn an_aws_that_never_answers() {
    let world = World::healthy();
    world.aws.fault(Fault::on("*", AwsKind::Hang));
    let diagnosis = limited(&world, &["-o", "json"]).ends_with(3).json();
    all_timed_out(&diagnosis);
    assert_eq!(check(&diagnosis, "PID340")["status"], "passed", "what the cluster says is judged all the same");
}

#[test]
fn one_call_that_never_comes_back_stops_no_other() {
    let world = World::healthy();
    world.kubernetes.fault("/apis/admissionregistration.k8s.io/*", Kind::Hang);
    let diagnosis = limited(&world, &["-o", "json"]).ends_with(0).json();
    let webhook = check(&diagnosis, "PID310");
    assert_eq!((&webhook["status"], &webhook["gap"]["reason"]), (&json!("unknown"), &json!("timedOut")));
    let unknown = diagnosis["checks"].as_array().expect("checks").iter().filter(|check| check["status"] == "unknown");
    let codes: Vec<&Value> = unknown.map(|check| &check["code"]).collect();
    assert!(codes.len() <= 2, "{codes:?}");
}

#[test]
fn a_request_timeout_bounds_each_call() {
    let world = World::healthy();
    world.kubernetes.fault("/api/v1/nodes/*", Kind::Hang);
    let run = world.doctor(&["--request-timeout", "300ms", "-o", "json"]);
    assert!(run.took < Duration::from_secs(2), "{run:#?}");
    let diagnosis = run.json();
    let gaps = diagnosis["checks"].as_array().expect("checks").iter().map(|check| &check["gap"]["reason"]);
    assert!(gaps.filter(|reason| **reason == "timedOut").count() > 0, "{diagnosis:#}");
}

#[test]
fn an_answer_that_trickles() {
    let world = World::healthy();
    world.set_latency(Duration::from_millis(700));
    let diagnosis = limited(&world, &["-o", "json"]).ends_with(3).json();
    assert_eq!(diagnosis["target"]["serviceAccount"], "api", "the first wave was answered: {diagnosis:#}");
    assert_eq!(check(&diagnosis, "PID810")["gap"]["reason"], "timedOut", "the others were not");
}

#[test]
fn a_login_program_that_never_ends_is_ended() {
    let world = World::healthy();
    let command = "echo $$ >pid; sleep 60";
    let exec = json!({ "apiVersion": "client.authentication.k8s.io/v1", "command": "/bin/sh", "args": ["-c", command],
        "interactiveMode": "Never" });
    world.log_in_by(&exec);
    limited(&world, &["-o", "json"]).ends_with(3).json();
    let pid = world.read("pid");
    let alive = || std::fs::read_to_string(format!("/proc/{}/cmdline", pid.trim())).is_ok_and(|line| !line.is_empty());
    for _ in 0..50 {
        if !alive() {
            return;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    panic!("the program still runs");
}

#[test]
fn limits_that_are_none_are_usage_errors() {
    let world = World::healthy();
    for limit in ["0", "0s", "-1s", "soon", "", "1w", "9999999h"] {
        world.doctor(&[&format!("--timeout={limit}")]).ends_with(2);
    }
    for limit in ["soon", "1w"] {
        world.doctor(&["--request-timeout", limit]).ends_with(2);
    }
    for limit in ["5", "1m30s", "2m", "1500ms", "0.5h"] {
        world.doctor(&["--timeout", limit]).ends_with(0);
    }
}

#[test]
fn a_request_timeout_bounds_the_calls_of_aws_too() {
    let world = World::healthy();
    world.aws.fault(Fault::on("iam:GetRole", AwsKind::Hang));
    let run = world.doctor(&["--request-timeout", "300ms", "-o", "json"]);
    assert!(run.took < Duration::from_secs(5), "{run:#?}");
    let role = check(&run.json(), "PID810").clone();
    assert_eq!((&role["status"], &role["gap"]["reason"]), (&json!("unknown"), &json!("timedOut")));
}

#[test]
fn a_server_that_asks_to_come_back_in_ages_does_not_end_the_tool() {
    let world = World::healthy();
    world.kubernetes.fault("/version", Kind::Throttled(u64::MAX / 2));
    world.doctor(&["--timeout", "2s", "-o", "json"]).json();
}
