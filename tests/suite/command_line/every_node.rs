//! `nodes --probe` against a played cluster: a thousand nodes, and every way in which a pod does not come up.

use serde_json::{Value, json};

use crate::support::kubernetes::Many;
use crate::support::kubernetes::every_node::EveryNode;
use crate::support::run::Run;
use crate::support::world::World;

const NODE: &str = "ip-10-0-1-7.eu-west-1.compute.internal";
const NODE_PATH: &str = "/api/v1/nodes/ip-10-0-1-7.eu-west-1.compute.internal";

/// What a probe prints where all is right.
fn report() -> Value {
    json!({
        "time": "2026-11-20T14:07:10Z", "durationMs": 61, "user": 65532, "environment": [], "processes": [], "files": [],
        "connection": { "address": "169.254.170.23:80", "tookMs": 0 },
        "answer": { "tookMs": 3, "status": 200, "expiresAt": "2026-11-20T19:00:10Z", "account": "111122223333" },
        "identity": { "host": "sts.eu-west-1.amazonaws.com", "tookMs": 48, "status": 200, "account": "111122223333",
                      "arn": "arn:aws:sts::111122223333:assumed-role/api/eks-prod-podid-probe-1" },
    })
}

/// A connection that is refused.
fn refused() -> Value {
    let failure = json!({ "kind": "refused", "text": "connection refused" });
    json!({ "answer": null, "identity": null,
            "connection": { "address": "169.254.170.23:80", "tookMs": 0, "failure": failure } })
}

fn waiting(reason: &str, message: &str) -> Value {
    let state = json!({ "waiting": { "reason": reason, "message": message } });
    json!({ "status": { "phase": "Pending", "containerStatuses": [{ "name": "probe", "state": state }] } })
}

fn probe(world: &World, more: &[&str]) -> Run {
    let words = ["nodes", "--probe", "sa/api", "--probe-image", "registry.example/kubectl-podid:1"];
    world.run(&[&words, more].concat())
}

/// A world with so many nodes, `node-0000` and on, all with an agent.
fn world(number: usize) -> (World, Vec<String>) {
    let world = World::healthy();
    let node = world.kubernetes.object(NODE_PATH).to_string().replace(NODE, "node-NUMBER");
    world.kubernetes.serve_many(Many {
        path: "/api/v1/nodes".to_owned(),
        kind: "NodeList".to_owned(),
        total: number,
        object: Box::new(move |place| node.replace("NUMBER", &format!("{place:04}"))),
    });
    (world, (0..number).map(|place| format!("node-{place:04}")).collect())
}

fn play(world: &World, nodes: Vec<String>, change: impl FnOnce(&mut EveryNode)) {
    let mut every_node = EveryNode { nodes, report: report(), ..EveryNode::default() };
    change(&mut every_node);
    world.kubernetes.play_every_node(every_node);
}

#[test]
fn a_thousand_nodes_are_told_by_what_became_of_them() {
    let (world, nodes) = world(1_000);
    play(&world, nodes, |played| {
        played.reports = vec![("node-0500".to_owned(), refused()), ("node-0501".to_owned(), refused())];
        let full = json!({ "type": "PodScheduled", "status": "False", "reason": "Unschedulable",
                           "message": "0/1000 nodes are available: 1 Too many pods." });
        let unscheduled = json!({ "status": { "phase": "Pending", "containerStatuses": null, "conditions": [full] } });
        played.otherwise = vec![
            ("node-0600".to_owned(), unscheduled),
            ("node-0601".to_owned(), waiting("ImagePullBackOff", "not to be had")),
            ("node-0602".to_owned(), Value::Null),
        ];
    });
    world.kubernetes.forget_requests();
    let run = probe(&world, &["--probe-timeout", "4s"]).ends_with(1);
    assert!(run.stderr.contains("on each of 1000 nodes as service account api"), "{}", run.stderr);
    let page = &run.stdout;
    for words in [
        "995 of 1000 nodes: a pod of service account api in shop gets its",
        "of role api",
        "2 of 1000 nodes: a pod of service account api in shop does not get",
        "3 of 1000 nodes: nothing was seen",
        "PID930",
        "node-0500, node-0501",
        "next: kubectl podid doctor sa/api -n shop",
        "Too many pods",
        "ImagePullBackOff",
        "node-0602: no pod was made within 4s",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert!(page.lines().count() <= 45, "{page}");
    let played = world.kubernetes.every_node();
    assert_eq!((played.attached, played.sets.len()), (997, 0));
    let others = world.kubernetes.requests().len() - played.attached - 2 * played.looks;
    // Nodes, agents, daemon sets and pods; rights, the account, earlier daemon sets, events; made and deleted.
    assert!(others <= 20, "{others}: {:#?}", world.kubernetes.requests().iter().take(20).collect::<Vec<_>>());
    assert!(played.looks <= 8, "{}", played.looks);
}

#[test]
fn a_list_that_fails_once_is_no_end() {
    let (world, nodes) = world(3);
    play(&world, nodes, |played| played.fails_once = Some(500));
    let run = probe(&world, &["-o", "json"]).ends_with(0);
    let document: Value = serde_json::from_str(&run.stdout).expect("JSON");
    assert_eq!(
        document["items"][0]["probe"],
        json!({ "outcome": "works", "role": "api", "finding": null, "gap": null })
    );
    assert_eq!(document["probe"]["serviceAccount"], "api");
    assert!(world.kubernetes.every_node().sets.is_empty());
}

#[test]
fn credentials_that_sts_refuses_do_not_work() {
    let (world, nodes) = world(3);
    let denied =
        json!({ "identity": { "status": 403, "code": "AccessDenied", "message": "not from here", "arn": null } });
    // It comes late, and with an error: the error is the cause.
    let slow = json!({ "identity": null, "connection": { "tookMs": 2_500 },
                       "answer": { "status": 400, "code": "AccessDeniedException", "message": "role refused" } });
    play(&world, nodes, |played| {
        played.reports = vec![("node-0000".to_owned(), denied), ("node-0001".to_owned(), slow)];
    });
    let run = probe(&world, &["-o", "json"]).ends_with(1);
    let document: Value = serde_json::from_str(&run.stdout).expect("JSON");
    let told = |place: usize| {
        let probe = &document["items"][place]["probe"];
        (probe["outcome"].as_str().unwrap_or_default(), probe["finding"]["code"].as_str().unwrap_or_default())
    };
    assert_eq!([told(0), told(1), told(2)], [("fails", "PID950"), ("fails", "PID940"), ("works", "")], "{document:#}");
}

#[test]
fn a_mesh_beside_the_probe_is_not_the_probe() {
    let (world, nodes) = world(1);
    let mesh = json!({ "name": "istio-proxy", "state": { "running": {} } });
    let probe_waits = json!({ "name": "probe", "state": { "waiting": { "reason": "PodInitializing" } } });
    play(&world, nodes, |played| {
        let status = json!({ "status": { "containerStatuses": [mesh, probe_waits] } });
        played.otherwise = vec![("node-0000".to_owned(), status)];
    });
    probe(&world, &["--probe-timeout", "1s"]).ends_with(3).says(&["PodInitializing"]);
    assert_eq!(world.kubernetes.every_node().attached, 0);
}

#[test]
fn without_time_nothing_is_made() {
    let (world, nodes) = world(1);
    play(&world, nodes, |_| {});
    probe(&world, &["--timeout", "12s"]).ends_with(3).says(&["a longer --timeout gives it"]);
    assert!(
        world
            .kubernetes
            .requests()
            .iter()
            .all(|request| request.method != "POST" || !request.path.contains("daemonsets"))
    );
}

#[test]
fn nodes_that_give_another_role_are_told() {
    let (world, nodes) = world(3);
    let other =
        json!({ "identity": { "arn": "arn:aws:sts::111122223333:assumed-role/former/eks-prod-podid-probe-1" } });
    play(&world, nodes, |played| played.reports = vec![("node-0001".to_owned(), other)]);
    probe(&world, &[]).ends_with(0).says(&["(role api on 2, role former on 1)"]);
}

#[test]
fn what_stands_in_the_way_is_said() {
    let (world, nodes) = world(1);
    play(&world, nodes, |_| {});
    world
        .run(&["nodes", "--probe", "sa/nobody", "--probe-image", "kubectl-podid"])
        .ends_with(3)
        .says(&["no node was probed as service account nobody in shop", "there is no service account nobody"]);
    for (words, says) in [
        (vec!["--probe", "api"], "--probe takes a service account"),
        (vec!["--probe", "sa/api", "-l", "a around b"], "is no label selector"),
        (vec!["--probe-image", "kubectl-podid"], "--probe <sa/NAME>"),
        (vec!["--probe", "sa/api", "--demo"], "cannot be used with"),
    ] {
        let run = world.run(&[&["nodes"], words.as_slice()].concat()).ends_with(2);
        assert!(run.stderr.contains(says), "{}", run.stderr);
    }
    assert_eq!(world.kubernetes.every_node().attached, 0);
}

#[test]
fn the_plan_names_every_request() {
    let (world, nodes) = world(2);
    play(&world, nodes, |played| played.otherwise = vec![("node-0001".to_owned(), Value::Null)]);
    let plan = probe(&world, &["--plan"]).ends_with(0).stdout;
    assert!(plan.contains("those of the last wave no mere reads"), "{plan}");
    assert_eq!(world.kubernetes.requests().len(), 0);
    probe(&world, &["--probe-timeout", "2s"]).ends_with(3);
    for request in world.kubernetes.requests() {
        let known = ["podid-probe-"];
        let path = request.path.split('/').map(|part| match part {
            part if known.iter().any(|start| part.starts_with(start)) && part.contains("-on-") => "POD",
            part if known.iter().any(|start| part.starts_with(start)) => "NAME",
            part => part,
        });
        let line = format!("{} {}", request.method, path.collect::<Vec<_>>().join("/"));
        assert!(plan.contains(&line), "{line}: {plan}");
    }
}

#[test]
fn hostile_words_stay_words() {
    let (world, nodes) = world(2);
    play(&world, nodes, |played| {
        played.otherwise = vec![("node-0001".to_owned(), waiting("ErrImagePull\u{1b}[31m", "no \u{9b}2J\u{202e} way"))];
        let arn = "arn:aws:sts::111122223333:assumed-role/a\u{1b}[2Jpi/x";
        played.reports = vec![("node-0000".to_owned(), json!({ "identity": { "arn": arn } }))];
    });
    for format in ["table", "wide", "json", "yaml"] {
        let text = probe(&world, &["-o", format, "--probe-timeout", "1s"]).stdout;
        assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{format}: {text:?}");
        assert!(!text.contains('\u{202e}'), "{format}: {text:?}");
    }
}
