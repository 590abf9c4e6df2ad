//! `doctor --node-logs`: what the agent of an Auto Mode node logged, from the kubelet or with a `NodeDiagnostic`.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::kubernetes::Kind;
use crate::support::kubernetes::node_logs::{DIAGNOSTICS, NodeLogs};
use crate::support::run::Run;
use crate::support::world::{World, check};

const NODE: &str = "ip-10-0-1-7.eu-west-1.compute.internal";
const LOGS: &str = "/api/v1/nodes/ip-10-0-1-7.eu-west-1.compute.internal/proxy/logs/";

/// The healthy pod on an Auto Mode node.
fn auto() -> World {
    World::patched(&json!({
        "agentDaemonSets": [], "agentPods": [], "addOn": "absent",
        "cluster": { "computeConfig": { "enabled": true } },
        "node": { "metadata": { "labels": { "eks.amazonaws.com/compute-type": "auto", "eks.amazonaws.com/nodegroup": null } } },
    }))
}

fn line(time: &str, port: u16, message: &str) -> String {
    json!({ "client-addr": format!("10.0.1.23:{port}"), "level": "info", "msg": message, "time": time }).to_string()
}

const REFUSED: &str = "Error fetching credentials: error getting credentials to cache: unable to fetch credentials from EKS Auth: operation error EKS Auth: AssumeRoleForPodIdentity, https response error StatusCode: 400, RequestID: 5c8d, AccessDeniedException: Unauthorized Exception! EKS does not have permissions to assume the associated role.";

/// What the agent wrote: a line from before the pod, and then of the pod's requests.
fn written(error: Option<&str>) -> Vec<String> {
    let failed = error.map(|error| {
        json!({ "client-addr": "10.0.1.23:40000", "level": "error", "msg": error, "time": "2026-11-20T14:05:01Z" })
            .to_string()
    });
    let fetched = json!({ "client-addr": "10.0.1.23:40000", "level": "info", "time": "2026-11-20T14:05:01Z",
        "msg": "Successfully fetched credentials from EKS Auth", "fetched_role_arn": "arn:aws:sts::111122223333:assumed-role/api/eks-prod-x" });
    vec![
        json!({ "level": "info", "msg": "Starting server...", "time": "2026-11-20T12:55:00Z" }).to_string(),
        line("2026-11-20T14:05:00Z", 40000, "handling new request request from 10.0.1.23:40000"),
        failed.unwrap_or_else(|| fetched.to_string()),
    ]
}

/// As the kubelet prints it.
fn short(written: &[String]) -> String {
    let line = |line: &String| format!("Nov 20 14:05:00.123456 ip-10-0-1-7 eks-pod-identity-agent[1234]: {line}\n");
    written.iter().map(line).collect()
}

/// As it is collected.
fn iso(written: &[String]) -> Vec<u8> {
    let line =
        |line: &String| format!("2026-11-20T14:05:00.123456+00:00 i-0123 eks-pod-identity-agent[1234]: {line}\n");
    let started = "2026-11-20T12:54:59.000000+00:00 i-0123 systemd[1]: Started EKS Pod Identity Agent.\n".to_owned();
    (started + &written.iter().map(line).collect::<String>()).into_bytes()
}

fn monitored(journal: Vec<u8>) -> NodeLogs {
    NodeLogs {
        node: NODE.to_owned(),
        journal: Some(journal),
        reason: "SuccessWithErrors",
        looks: 1,
        ..NodeLogs::default()
    }
}

fn doctor(world: &World, more: &[&str]) -> Run {
    world.run(&[&["doctor", "api-7c9f", "--node-logs"], more].concat())
}

fn diagnosis(world: &World) -> Value {
    doctor(world, &["-o", "json"]).json()
}

/// The methods of the requests for a path that begins so, in their order.
fn asked(world: &World, path: &str) -> Vec<String> {
    let requests = world.kubernetes.requests();
    requests.iter().filter(|one| one.path.starts_with(path)).map(|one| one.method.clone()).collect()
}

#[test]
fn the_kubelet_prints_the_log_and_nothing_is_made() {
    let world = auto();
    let query = Some((200, short(&written(None))));
    world.kubernetes.play_node_logs(NodeLogs { node: NODE.to_owned(), query, ..NodeLogs::default() });
    let run = doctor(&world, &[]).ends_with(0);
    run.says(&["the pod gets its credentials", "agent log 14:05"]);
    assert_eq!((asked(&world, DIAGNOSTICS).len(), asked(&world, LOGS).len()), (0, 1));
    let requests = world.kubernetes.requests();
    let query = requests.iter().find(|one| one.path == LOGS).map(|one| one.query.clone()).unwrap_or_default();
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(query, [pair("query", "eks-pod-identity-agent"), pair("sinceTime", "2026-11-20T12:50:05Z")]);
    // Not asked for, nothing of the node is read.
    world.kubernetes.forget_requests();
    let run = world.doctor(&[]).ends_with(0);
    run.says(&["--probe (asks inside the pod), --node-logs (what the agent of the node logged) or --cloudtrail"]);
    assert!(asked(&world, LOGS).is_empty());
}

#[test]
fn an_error_in_the_log_is_the_cause_it_is_on_any_other_node() {
    let world = auto();
    let query = Some((200, short(&written(Some(REFUSED)))));
    world.kubernetes.play_node_logs(NodeLogs { node: NODE.to_owned(), query, ..NodeLogs::default() });
    let diagnosis = diagnosis(&world);
    let failed = check(&diagnosis, "PID690");
    assert_eq!(failed["status"], "failed", "{failed}");
    assert_eq!(failed["findings"][0]["observed"][0]["source"], "kubernetes:nodes/proxy (agent's log)");
}

#[test]
fn a_node_collects_its_logs_where_the_kubelet_takes_no_queries() {
    for query in [
        None,
        Some((200, "\nlog not found for eks-pod-identity-agent\n".to_owned())),
        Some((406, "query: Invalid value\n".to_owned())),
    ] {
        let world = auto();
        world.kubernetes.play_node_logs(NodeLogs { query, ..monitored(iso(&written(None))) });
        let run = doctor(&world, &[]).ends_with(0);
        run.says(&["the pod gets its credentials", "left behind: files with the system logs"])
            .warns(&["makes NodeDiagnostic"]);
        assert_eq!(asked(&world, DIAGNOSTICS), ["POST", "GET", "GET", "DELETE"]);
        assert_eq!(world.kubernetes.node_logs().made, None);
    }
}

#[test]
fn the_least_logs_are_collected_and_once_for_all_pods_of_a_node() {
    let world = auto();
    world.kubernetes.play_node_logs(monitored(iso(&written(None))));
    doctor(&world, &["api-7c9f", "sa/api", "-o", "json"]);
    let asked = world.kubernetes.node_logs().asked;
    assert_eq!(asked.len(), 1, "one object a node");
    let made = &asked[0];
    assert_eq!(made["metadata"]["name"], NODE);
    assert_eq!(made["spec"], json!({ "logCapture": { "destination": "node", "categories": ["System"] } }));
}

#[test]
fn what_could_not_be_read_is_said_first_and_settles_nothing() {
    let without_pods = short(&["it works, says the agent".to_owned()]);
    let garbage = monitored(b"\xff\xfe garbage".to_vec());
    let failing = NodeLogs { reason: "Failure", ..monitored(iso(&written(None))) };
    let unknown = NodeLogs { node: NODE.to_owned(), ..NodeLogs::default() };
    let foreign = NodeLogs { made: Some(json!({ "metadata": { "uid": "other" } })), ..monitored(Vec::new()) };
    let text = NodeLogs { node: NODE.to_owned(), query: Some((200, without_pods)), ..NodeLogs::default() };
    let closed = NodeLogs {
        node: NODE.to_owned(),
        query: Some((405, "logs endpoint is disabled.".to_owned())),
        ..NodeLogs::default()
    };
    for (logs, words) in [
        (garbage, "has no line of a journal"),
        (failing, "the node could not collect its logs: fatal error"),
        (unknown, "the cluster has no NodeDiagnostic"),
        (foreign, "which this run did not make and does not touch"),
        (text, "no line of the agent's log is in a form that is known"),
        (closed, "serves no logs (status 405)"),
    ] {
        let world = auto();
        let before = logs.made.clone();
        world.kubernetes.play_node_logs(logs);
        let run = doctor(&world, &[]).says(&["--node-logs could not be done", words]);
        assert!(!run.stdout.contains("stay"), "{run:?}");
        assert_eq!(world.kubernetes.node_logs().made, before, "{words}");
        assert_eq!(check(&diagnosis(&world), "PID680")["status"], "unknown", "{words}");
    }
}

#[test]
fn a_right_that_is_missing_is_told_before_anything_is_made() {
    let world = auto();
    let flags = ["permissions", "--level", "node-logs", "-o", "json"];
    let all = world.run(&flags).ends_with(0).json()["rbac"].clone();
    let without = |resource: &str, verb: &str| {
        let mut roles = all.clone();
        for rule in roles.as_array_mut().into_iter().flatten().filter_map(|role| role["rules"].as_array_mut()).flatten()
        {
            let concerned = rule["resources"].as_array().is_some_and(|all| all.iter().any(|one| one == resource));
            if let (true, Some(verbs)) = (concerned, rule["verbs"].as_array_mut()) {
                verbs.retain(|one| one != verb);
            }
        }
        roles
    };
    for (resource, verb) in [("nodes/proxy", "get"), ("nodediagnostics", "create"), ("nodediagnostics", "delete")] {
        let world = auto();
        world.kubernetes.play_node_logs(monitored(iso(&written(None))));
        world.kubernetes.allow_only(without(resource, verb));
        doctor(&world, &[]).says(&["--node-logs could not be done", resource]);
        let gap = check(&diagnosis(&world), "PID680")["gap"].clone();
        assert_eq!((&gap["reason"], &gap["permission"]), (&json!("denied"), &json!(format!("{verb} {resource}"))));
        assert!(!asked(&world, DIAGNOSTICS).contains(&"POST".to_owned()), "{verb} {resource}");
    }
    // What is printed is enough.
    let world = auto();
    world.kubernetes.play_node_logs(monitored(iso(&written(None))));
    world.kubernetes.allow_only(all);
    doctor(&world, &[]).ends_with(0);
    assert_eq!(asked(&world, DIAGNOSTICS).last().map(String::as_str), Some("DELETE"));
}

#[test]
fn what_was_made_is_taken_away_whatever_comes() {
    // The answer to the creation is lost, the file cannot be fetched, the node never collects.
    let lost = NodeLogs { loses_answer: true, ..monitored(iso(&written(None))) };
    let never = NodeLogs { looks: 1000, ..monitored(iso(&written(None))) };
    for (logs, timeout) in [(lost, "20s"), (never, "9s"), (monitored(iso(&written(None))), "20s")] {
        let world = auto();
        world.kubernetes.fault(&format!("{LOGS}support/{NODE}-logs.tar.gz"), Kind::Garbage);
        world.kubernetes.play_node_logs(logs);
        doctor(&world, &["--timeout", timeout]).says(&["--node-logs could not be done"]);
        assert_eq!(world.kubernetes.node_logs().made, None);
    }
}

#[test]
fn a_pod_on_another_node_has_its_log_elsewhere() {
    let world = World::healthy();
    let run = doctor(&world, &[]).ends_with(0);
    run.says(&["the pod gets its credentials"]).warns(&["--node-logs: the node is none of Auto Mode"]);
    assert!(asked(&world, LOGS).is_empty() && asked(&world, DIAGNOSTICS).is_empty());
}

#[test]
fn a_signal_at_any_moment_leaves_no_object() {
    // Before it is made, while it is being made, while it is waited for.
    for (signal, after) in [("-INT", 0), ("-TERM", 1), ("-HUP", 3), ("-INT", 5), ("-TERM", 60)] {
        let world = auto();
        world.kubernetes.play_node_logs(NodeLogs { looks: 1000, ..monitored(iso(&written(None))) });
        let child = world.command(&["doctor", "api-7c9f", "--node-logs"]).spawn();
        while asked(&world, LOGS).is_empty() {
            std::thread::sleep(Duration::from_millis(1));
        }
        std::thread::sleep(Duration::from_millis(after));
        let kill = std::process::Command::new("/bin/kill").args([signal, &child.id().to_string()]).status();
        assert!(kill.is_ok_and(|status| status.success()));
        let output = child.wait_with_output().expect("an end");
        assert_eq!(output.status.code(), Some(130), "{output:?}");
        assert_eq!(world.kubernetes.node_logs().made, None, "{signal} after {after} ms: {output:?}");
    }
}

/// What PID680 says of the pod's requests.
fn asked_by_pod(world: &World) -> Value {
    check(&diagnosis(world), "PID680")["status"].clone()
}

#[test]
fn a_journal_with_holes_proves_no_silence() {
    let silent = &written(None)[..1];
    let query = |more: &str| NodeLogs {
        node: NODE.to_owned(),
        query: Some((200, format!("{}{more}", short(silent)))),
        ..NodeLogs::default()
    };
    let collected = |more: &str| monitored([iso(silent), more.as_bytes().to_vec()].concat());
    let suppressed = "Nov 20 14:05:00.1 ip-10-0-1-7 systemd-journald[400]: Suppressed 5321 messages from eks-pod-identity-agent.service\n";
    let truncated = "Journal file /var/log/journal/0/system.journal is truncated, ignoring file.\n";
    for (logs, status) in [
        (query(""), "failed"),
        (query("-- Boot 0123456789abcdef --\n"), "failed"),
        (query(suppressed), "unknown"),
        (query(truncated), "unknown"),
        (query("error: journal output not available\n"), "unknown"),
        (collected(""), "failed"),
        (collected(truncated), "unknown"),
    ] {
        let world = auto();
        let words = format!("{logs:?}");
        world.kubernetes.play_node_logs(logs);
        assert_eq!(asked_by_pod(&world), status, "{words}");
    }
    // The kubelet has no line since the pod, and the whole journal shows that none is missing.
    let world = auto();
    let query = Some((200, "-- No entries --\n".to_owned()));
    world.kubernetes.play_node_logs(NodeLogs { query, ..monitored(iso(silent)) });
    assert_eq!(asked_by_pod(&world), "failed");
}

#[test]
fn what_was_collected_for_another_object_is_not_taken_for_its_own() {
    let world = auto();
    world.kubernetes.play_node_logs(NodeLogs { stale: true, looks: 3, ..monitored(iso(&written(None))) });
    doctor(&world, &[]).ends_with(0).says(&["the pod gets its credentials"]);
    assert_eq!(asked(&world, DIAGNOSTICS), ["POST", "GET", "GET", "GET", "GET", "DELETE"]);
}

#[test]
fn nothing_is_begun_without_the_time_for_it() {
    let world = auto();
    world.kubernetes.play_node_logs(monitored(iso(&written(None))));
    let run = doctor(&world, &["--timeout", "4s"]);
    run.says(&["this run has no time left to have the node collect its logs: a longer --timeout, such as 3m"]);
    assert!(asked(&world, DIAGNOSTICS).is_empty());
}

#[test]
fn a_pod_that_cannot_have_asked_is_told_so() {
    let world = World::patched(&json!({
        "agentDaemonSets": [], "agentPods": [], "addOn": "absent",
        "node": { "metadata": { "labels": { "eks.amazonaws.com/compute-type": "auto", "eks.amazonaws.com/nodegroup": null } } },
        "pod": { "status": { "podIP": null, "phase": "Pending" } },
    }));
    world.kubernetes.play_node_logs(monitored(iso(&written(None))));
    let run = doctor(&world, &[]).warns(&["--node-logs: the pod has no address yet"]);
    assert!(!run.stdout.contains("--node-logs"), "{run:?}");
    let run = world.run(&["doctor", "sa/api", "--node-logs"]);
    run.warns(&["it tells of pods: name one of the service account"]);
    assert!(asked(&world, LOGS).is_empty());
}
