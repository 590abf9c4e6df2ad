//! `nodes` against a played cluster: every state, whatever is denied, logs, a thousand nodes.

use std::time::Duration;

use podid_doubles::waves;
use serde_json::{Value, json};

use crate::support::kubernetes::{Kind, Many, Recorded};
use crate::support::run::Run;
use crate::support::world::World;

const NODE: &str = "ip-10-0-1-7.eu-west-1.compute.internal";
const NODE_PATH: &str = "/api/v1/nodes/ip-10-0-1-7.eu-west-1.compute.internal";
const AGENTS: &str = "/api/v1/namespaces/kube-system/pods";

fn nodes(world: &World, more: &[&str]) -> Run {
    world.run(&[&["nodes"], more].concat())
}

fn document(world: &World, more: &[&str], code: i32) -> Value {
    nodes(world, &[more, &["-o", "json"]].concat()).ends_with(code).json()
}

/// The path of the healthy world's only agent pod.
fn agent(world: &World) -> String {
    let pods = world.kubernetes.object("/apis/apps/v1/namespaces/kube-system/daemonsets/eks-pod-identity-agent");
    assert_eq!(pods["kind"], "DaemonSet");
    let listed = document(world, &[], 0);
    format!("{AGENTS}/{}", listed["items"][0]["agent"]["name"].as_str().expect("an agent"))
}

/// Adds a node like the healthy one.
fn add_node(world: &World, name: &str, change: impl FnOnce(&mut Value)) {
    let mut node = world.kubernetes.object(NODE_PATH);
    node["metadata"]["name"] = json!(name);
    change(&mut node);
    world.kubernetes.put(node);
}

fn row<'d>(document: &'d Value, name: &str) -> &'d Value {
    let items = document["items"].as_array().expect("items");
    items.iter().find(|item| item["name"] == name).unwrap_or_else(|| panic!("no row of {name}: {document:#}"))
}

#[test]
fn a_working_agent_takes_four_requests() {
    let world = World::healthy();
    world.set_latency(Duration::from_millis(30));
    let listed = document(&world, &[], 0);
    let own = row(&listed, NODE);
    assert_eq!((&own["state"], &own["compute"], &own["pods"]), (&json!("ready"), &json!("EC2"), &json!(1)));
    assert_eq!(own["agent"]["version"], "0.1.37");
    assert_eq!((&own["finding"], &own["log"], &own["gap"]), (&Value::Null, &Value::Null, &Value::Null));
    let kubernetes = world.kubernetes.requests();
    assert_eq!((kubernetes.len(), world.aws.requests().len()), (4, 0));
    assert!(waves(kubernetes.iter().map(Recorded::interval)) <= 2);
    nodes(&world, &[]).ends_with(0).says(&["✓ ready", "1 node: 1 ready"]);
    assert_eq!(nodes(&world, &["--not-ready", "-o", "json"]).ends_with(0).json()["items"], json!([]));
}

#[test]
fn each_state_has_its_row() {
    let world = World::healthy();
    let path = agent(&world);
    let kind = |kind: &'static str| {
        move |node: &mut Value| node["metadata"]["labels"]["eks.amazonaws.com/compute-type"] = json!(kind)
    };
    add_node(&world, "bare", |_| ());
    add_node(&world, "auto", kind("auto"));
    add_node(&world, "fargate", kind("fargate"));
    add_node(&world, "windows", |node| node["metadata"]["labels"]["kubernetes.io/os"] = json!("windows"));
    add_node(&world, "hybrid", kind("hybrid"));
    add_node(&world, "young", |node| node["metadata"]["creationTimestamp"] = json!("2099-01-01T00:00:00Z"));
    add_node(&world, "crashes", |_| ());
    let mut pod = world.kubernetes.object(&path);
    pod["metadata"]["name"] = json!("agent-crashes");
    pod["spec"]["nodeName"] = json!("crashes");
    pod["status"]["conditions"] = json!([{ "type": "Ready", "status": "False" }]);
    pod["status"]["containerStatuses"] = json!([{ "name": "eks-pod-identity-agent", "ready": false, "restartCount": 7,
        "state": { "waiting": { "reason": "CrashLoopBackOff" } } }]);
    world.kubernetes.put(pod);
    let listed = document(&world, &[], 1);
    let expected = [
        ("bare", "missing", json!("PID630")),
        ("hybrid", "missing", json!("PID620")),
        ("crashes", "notReady", json!("PID640")),
        ("young", "unknown", json!("PID630")),
        (NODE, "ready", Value::Null),
        ("auto", "builtIn", Value::Null),
        ("fargate", "unsupported", Value::Null),
        ("windows", "unsupported", Value::Null),
    ];
    for (name, state, code) in &expected {
        let row = row(&listed, name);
        assert_eq!((&row["state"], &row["finding"]["code"]), (&json!(state), code), "{name}");
    }
    assert_eq!(listed["items"].as_array().map(Vec::len), Some(expected.len()));
    assert_eq!(listed["items"][0]["state"], "missing", "what is wrong stands first");
    assert_eq!(row(&listed, "crashes")["agent"]["restarts"], 7);
    let names = |more: &[&str]| {
        let listed = document(&world, more, 1);
        let items = listed["items"].as_array().expect("items").iter();
        items.map(|item| item["name"].as_str().expect("a name").to_owned()).collect::<Vec<_>>()
    };
    // What is not known of a node may be what is asked for.
    assert_eq!(names(&["--without-agent"]), ["bare", "hybrid", "young"]);
    assert_eq!(names(&["--not-ready"]), ["crashes", "young"]);
    nodes(&world, &[]).ends_with(1).says(&[
        "no agent pod is on node bare",
        "the agent pod agent-crashes ends again and again",
        "8 nodes: 2 missing ·",
    ]);
    // What keeps an agent away is found as the doctor finds it, and said once.
    for name in ["gpu-1", "gpu-2"] {
        add_node(&world, name, |node| {
            node["spec"]["taints"] = json!([{ "key": "gpu", "value": "yes", "effect": "NoSchedule" }]);
        });
    }
    let tolerations = json!({ "spec": { "template": { "spec": { "tolerations": [] } } } });
    world.kubernetes.patch("/apis/apps/v1/namespaces/kube-system/daemonsets/eks-pod-identity-agent", &tolerations);
    let page = nodes(&world, &["--without-agent"]).ends_with(1).stdout;
    assert_eq!(page.matches("taint gpu=yes:NoSchedule").count(), 1, "{page}");
    assert!(page.contains("also on   gpu-2"), "{page}");
}

#[test]
fn what_is_denied_is_not_absent() {
    let world = World::healthy();
    world.kubernetes.fault("/api/v1/nodes", Kind::Forbidden);
    let listed = document(&world, &[], 3);
    assert_eq!(listed["cluster"]["gaps"][0]["permission"], "list nodes");
    nodes(&world, &[]).ends_with(3).says(&["which nodes there are is not known", "nodes not read: list nodes denied"]);

    let world = World::healthy();
    world.kubernetes.fault(AGENTS, Kind::Forbidden);
    let listed = document(&world, &[], 3);
    assert_eq!(row(&listed, NODE)["state"], "unknown");
    assert_eq!(row(&listed, NODE)["gap"]["permission"], "list pods in kube-system");
    assert_eq!(document(&world, &["--without-agent"], 3)["items"].as_array().map(Vec::len), Some(1), "it may be one");

    // Without daemon sets an agent that is seen is one; a node without one may have been left out for a reason.
    let world = World::healthy();
    add_node(&world, "bare", |_| ());
    world.kubernetes.fault("/apis/apps/v1/daemonsets", Kind::Forbidden);
    world.kubernetes.fault("/apis/apps/v1/namespaces/kube-system/daemonsets", Kind::Forbidden);
    let listed = document(&world, &[], 3);
    assert_eq!(row(&listed, NODE)["state"], "ready");
    assert_eq!(row(&listed, "bare")["state"], "unknown");

    // Pods are counted beside; the agents are known without them.
    let world = World::healthy();
    world.kubernetes.fault("/api/v1/pods", Kind::Forbidden);
    let listed = document(&world, &[], 0);
    assert_eq!(row(&listed, NODE)["pods"], Value::Null);
    nodes(&world, &[]).ends_with(0).says(&["pods not counted: list pods in all namespaces denied"]);

    let world = World::healthy();
    for path in ["/api/v1/nodes", AGENTS, "/api/v1/pods", "/apis/apps/v1/daemonsets"] {
        world.kubernetes.fault(path, Kind::Hang);
    }
    nodes(&world, &["--timeout", "4s"]).ends_with(3);
}

#[test]
fn logs_are_counted() {
    let world = World::healthy();
    let path = agent(&world);
    let at = |seconds: u32| format!("2026-11-20T14:0{}:{:02}Z", seconds / 60, seconds % 60);
    let line = |seconds: u32, port: u32, words: &str| {
        json!({ "client-addr": format!("10.0.1.20:{port}"), "level": "info", "msg": words, "time": at(seconds) })
            .to_string()
    };
    let refused = "Error fetching credentials: operation error EKS Auth: AssumeRoleForPodIdentity, https response error StatusCode: 400, RequestID: 1, AccessDeniedException: Unauthorized Exception! EKS does not have permissions to assume the associated role.";
    let served = [
        line(10, 1, "handling new request request from 10.0.1.20:1"),
        line(10, 1, "Successfully fetched credentials from EKS Auth"),
        line(20, 2, "handling new request request from 10.0.1.20:2"),
        line(40, 3, "handling new request request from 10.0.1.20:3"),
        line(41, 3, refused),
        // A renewal answers nobody.
        line(42, 4, "Background refresh failed: no"),
    ];
    world.kubernetes.serve(&format!("{path}/log"), Value::String(served.join("\n")));
    let listed = document(&world, &["--logs"], 0);
    let log = &row(&listed, NODE)["log"];
    assert_eq!((&log["served"], &log["failed"]), (&json!(2), &json!(1)), "{log:#}");
    assert_eq!(log["errors"][0]["number"], 1);
    nodes(&world, &["--logs"]).ends_with(0).says(&["role refused"]);
    assert!(nodes(&world, &["--logs", "-o", "wide"]).stdout.contains("Unauthorized Exception!"));

    // What keeps the agent from EKS Auth concerns every pod of the node.
    let lost = "Error fetching credentials: operation error EKS Auth: AssumeRoleForPodIdentity, https response error StatusCode: 0, RequestID: , request send failed, Post \"https://eks-auth.eu-west-1.api.aws/x\": dial tcp: lookup eks-auth.eu-west-1.api.aws: no such host";
    let failing = [line(60, 5, "handling new request request from 10.0.1.20:5"), line(61, 5, lost)].join("\n");
    world.kubernetes.serve(&format!("{path}/log"), Value::String(failing));
    let listed = document(&world, &["--logs"], 1);
    let own = row(&listed, NODE);
    assert_eq!((&own["state"], &own["finding"]["code"]), (&json!("failing"), &json!("PID720")), "{own:#}");

    // Nor does an agent work that refuses every request, whichever way.
    let denied = lost.replace("StatusCode: 0, RequestID: , request send failed", "StatusCode: 403, RequestID: 1, AccessDeniedException: User: n is not authorized to perform: eks-auth:AssumeRoleForPodIdentity");
    let denied = [line(60, 5, "handling new request request from 10.0.1.20:5"), line(61, 5, &denied)].join("\n");
    world.kubernetes.serve(&format!("{path}/log"), Value::String(denied));
    let listed = document(&world, &["--logs"], 1);
    assert_eq!(row(&listed, NODE)["state"], "failing", "{listed:#}");
    // A log from the future, or from before what was asked for, says that the node's clock is another, and counts nothing.
    for time in ["2026-11-20T15:00:00Z", "2026-11-20T13:45:00Z"] {
        let off = json!({ "level": "info", "msg": "handling new request", "time": time }).to_string();
        world.kubernetes.serve(&format!("{path}/log"), Value::String(off));
        let listed = document(&world, &["--logs"], 3);
        assert_eq!(row(&listed, NODE)["log"], Value::Null);
        assert!(row(&listed, NODE)["gap"]["detail"].to_string().contains("the node's clock differs"), "{listed:#}");
    }
    assert!(
        world
            .kubernetes
            .requests()
            .iter()
            .any(|one| one.query.contains(&("sinceSeconds".to_owned(), "900".to_owned())))
    );
    // Metrics are counted since the agent started.
    let metrics = "# TYPE pod_identity_http_response counter\npod_identity_http_response{code=\"200\"} 12\npod_identity_http_response{code=\"400\"} 3\n";
    world.kubernetes.serve(&format!("{path}:2705/proxy/metrics"), Value::String(metrics.to_owned()));
    let listed = document(&world, &["--metrics"], 0);
    assert_eq!(
        row(&listed, NODE)["metrics"],
        json!([{ "status": "200", "number": 12 }, { "status": "400", "number": 3 }])
    );
    world.kubernetes.fault(&format!("{path}:2705/proxy/metrics"), Kind::Forbidden);
    let listed = document(&world, &["--metrics"], 3);
    assert_eq!(row(&listed, NODE)["gap"]["permission"], "get pods/proxy in kube-system");
    assert_eq!(nodes(&world, &["-l", "no=node"]).ends_with(3).stdout, "no node was found\n");

    // A log that is not understood, or not to be had, says nothing.
    world.kubernetes.serve(&format!("{path}/log"), json!("<html>garbage</html>\n"));
    let listed = document(&world, &["--logs"], 3);
    assert_eq!((&row(&listed, NODE)["state"], &row(&listed, NODE)["log"]), (&json!("ready"), &Value::Null));
    world.kubernetes.fault(&format!("{path}/log"), Kind::Forbidden);
    let listed = document(&world, &["--logs"], 3);
    assert_eq!(row(&listed, NODE)["gap"]["permission"], "get pods/log in kube-system");
}

#[test]
fn a_thousand_nodes_take_a_page_of_a_screen() {
    let world = World::healthy();
    let path = agent(&world);
    let (node, pod) = (world.kubernetes.object(NODE_PATH), world.kubernetes.object(&path));
    let name = pod["metadata"]["name"].as_str().expect("a name").to_owned();
    let named = |object: &Value| object.to_string().replace(NODE, "node-NUMBER").replace(&name, "agent-NUMBER");
    let (node, pod) = (named(&node), named(&pod));
    let many = |path: &str, kind: &str, total: usize, object: String| Many {
        path: path.to_owned(),
        kind: kind.to_owned(),
        total,
        object: Box::new(move |place| object.replace("NUMBER", &format!("{place:04}"))),
    };
    world.kubernetes.serve_many(many("/api/v1/nodes", "NodeList", 1_000, node));
    // The last ten nodes have no agent.
    world.kubernetes.serve_many(many(AGENTS, "PodList", 990, pod));
    world.kubernetes.forget_requests();
    let page = nodes(&world, &[]).ends_with(1).stdout;
    assert_eq!(world.kubernetes.requests().len(), 2 + 2 + 1 + 1, "pages of nodes, of agents, daemon sets, pods");
    assert!(page.lines().count() <= 24, "{page}");
    for words in ["1000 nodes: 10 missing · 990 ready", "no agent pod is on node node-0990", "and 4 more (-o wide"] {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert_eq!(document(&world, &[], 1)["items"].as_array().map(Vec::len), Some(1_000));
    for number in 0..990 {
        world.kubernetes.serve(&format!("{AGENTS}/agent-{number:04}/log"), json!(""));
    }
    world.kubernetes.forget_requests();
    nodes(&world, &["--logs"]).ends_with(1);
    assert_eq!(world.kubernetes.requests().len(), 6 + 990);
}

#[test]
fn it_says_what_it_would_ask() {
    let world = World::healthy();
    let plan = nodes(&world, &["--plan", "--logs", "-l", "a=b"]).ends_with(0).stdout;
    for request in ["GET /api/v1/nodes?labelSelector=a%3Db", "GET /api/v1/pods", "pods/AGENT/log"] {
        assert!(plan.contains(request), "{request}: {plan}");
    }
    assert_eq!(world.kubernetes.requests().len(), 0);
    nodes(&world, &["-o", "junit"]).ends_with(2);
    nodes(&world, &["--demo"]).ends_with(1).says(&["8 nodes: 2 missing", "next: kubectl podid doctor"]);
    for format in ["table", "wide", "json", "yaml"] {
        add_node(&world, "bad\u{1b}[2J", |_| ());
        let text = nodes(&world, &["-o", format]).stdout;
        assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{format}: {text:?}");
    }
}
