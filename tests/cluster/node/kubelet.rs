//! What the doctor takes for granted of a kubelet, as this one does it: who may read a token, which part of a log is kept,
//! and which right a connection into a container needs.

use serde_json::{Value, json};

use crate::support::api::eventually;
use crate::support::hold::Hold;
use crate::support::probed::{IMAGE, container};
use crate::support::real_node::NodeScene;
use crate::support::rights;

/// The users of both containers, what the pod's own context adds, and what `stat` says of the token.
const MODES: [(Option<u32>, Option<u32>, &str, &str); 7] = [
    (None, None, "{}", "644 0:0"),
    (Some(4711), Some(4711), "{}", "600 4711:0"),
    (Some(4711), Some(4712), "{}", "644 0:0"),
    (Some(4711), None, "{}", "644 0:0"),
    (None, None, r#"{"runAsUser": 4711}"#, "600 4711:0"),
    (Some(0), Some(0), "{}", "600 0:0"),
    (Some(4711), Some(4712), r#"{"fsGroup": 2000}"#, "640 0:2000"),
];

#[test]
fn whose_the_token_is() {
    let scene = NodeScene::new("token-modes");
    let pods = format!("/api/v1/namespaces/{}/pods", scene.namespace);
    let script = "stat -L -c '%a %u:%g' $AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE; exec sleep 1000000";
    for (number, (first, second, of_pod, _)) in MODES.iter().enumerate() {
        let one = |name: &str, user: &Option<u32>| {
            let context = user.map_or(json!({}), |user| json!({ "runAsUser": user }));
            json!({ "name": name, "image": IMAGE, "command": ["sh", "-c", script], "securityContext": context })
        };
        let context: Value = serde_json::from_str(of_pod).expect("JSON");
        let body = json!({ "metadata": { "name": format!("mode-{number}") }, "spec": {
            "serviceAccountName": "api", "terminationGracePeriodSeconds": 0, "securityContext": context,
            "containers": [one("first", first), one("second", second)] } });
        scene.api.create(&pods, &body);
    }
    for (number, row) in MODES.iter().enumerate() {
        for name in ["first", "second"] {
            let said = eventually("the container has looked", || {
                let text = scene.api.text(&format!("{pods}/mode-{number}/log?container={name}"));
                text.ends_with('\n').then_some(text)
            });
            assert_eq!(said.trim(), row.3, "{row:?} {name}");
        }
    }
}

#[test]
fn a_log_that_was_rotated_has_lost_its_beginning() {
    let scene = NodeScene::without_association("rotation", Hold::shared());
    // The kubelet looks every ten seconds for logs of more than 10 MiB.
    let script = "echo begin; yes 0123456789012345678901234567890123456789012345678901234567890 | head -n 190000; exec sleep 1000000";
    scene
        .pod(json!({ "spec": { "containers": [{ "name": "app", "image": IMAGE, "command": ["sh", "-c", script] }] } }));
    let path = format!("/api/v1/namespaces/{}/pods/api/log?container=app&limitBytes=6", scene.namespace);
    eventually("the log begins", || (scene.api.text(&path) == "begin\n").then_some(()));
    // Of an older file nothing is served, whatever time is asked for.
    let path = format!("{path}&sinceSeconds=3600");
    eventually("the log was rotated", || (scene.api.text(&path) != "begin\n").then_some(()));
}

#[test]
fn a_connection_into_a_container_needs_the_verb_of_its_request() {
    let scene = NodeScene::new("exec-verb");
    scene.pod(json!({ "spec": { "containers": [container("app")] } }));
    let probe = ["api", "--probe=exec", "--probe-image", IMAGE, "-q"];
    // Kubernetes 1.35 and later ask for create too.
    for (user, verb, enough) in [("reader", "create", false), ("developer", "get", true)] {
        let rules = [rights::rule("", &["pods"], &["get", "list"]), rights::rule("", &["pods/exec"], &[verb])];
        rights::grant(&scene.api, &scene.namespace, user, &rules);
        let report = scene.doctor(&probe).user(user).report();
        let status = if enough { "passed" } else { "unknown" };
        report.statuses(&[("PID930", status), ("PID940", status)]);
        if !enough {
            report.says(&format!("--probe=exec needs get pods/exec in {}", scene.namespace));
            report.misses(&[&format!("get pods/exec in {}", scene.namespace)]);
        }
    }
}
