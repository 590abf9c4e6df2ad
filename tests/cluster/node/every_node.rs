//! `nodes --probe` on the real node: the real controller makes the pods, the real kubelet runs them, and all of them are gone again.

use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use crate::least_privilege::stage::{manifests, printed};
use crate::support::api::eventually;
use crate::support::hold::Hold;
use crate::support::probed::IMAGE;
use crate::support::real_node::{NodeScene, node};
use crate::support::relay::Rule;
use crate::support::rights::Manifests;
use crate::support::run::Outcome;

fn sets(scene: &NodeScene) -> String {
    format!("/apis/apps/v1/namespaces/{}/daemonsets", scene.namespace)
}

fn names(scene: &NodeScene, path: &str) -> Vec<String> {
    let list = scene.api.get(path);
    let items = list["items"].as_array().expect("items").iter();
    items.map(|item| item["metadata"]["name"].as_str().expect("a name").to_owned()).collect()
}

/// Neither a daemon set nor a pod of one is left.
fn is_clean(scene: &NodeScene) {
    assert_eq!(names(scene, &sets(scene)), Vec::<String>::new());
    let pods = format!("/api/v1/namespaces/{}/pods", scene.namespace);
    let own = || names(scene, &pods).iter().all(|name| !name.starts_with("podid-probe-")).then_some(());
    eventually("the pods are gone", own);
}

fn run_with(scene: &NodeScene, account: &str, image: &str, more: &[&str]) -> Outcome {
    let arguments = [&["--probe", account, "--probe-image", image, "--timeout", "2m"], more].concat();
    scene.doctor(&arguments).verb("nodes").run()
}

fn run(scene: &NodeScene, more: &[&str]) -> Outcome {
    run_with(scene, "sa/api", IMAGE, more)
}

/// What became of the node.
fn outcome(outcome: &Outcome) -> Value {
    let document: Value = serde_json::from_str(&outcome.stdout).unwrap_or_else(|error| panic!("{error}: {outcome:?}"));
    let items = document["items"].as_array().expect("items");
    items.iter().find(|item| item["name"] == node().as_str()).expect("the node")["probe"].clone()
}

#[test]
fn it_works_where_only_restricted_pods_may_be() {
    let scene = NodeScene::new("every-node");
    let labels = json!({ "pod-security.kubernetes.io/enforce": "restricted" });
    scene.api.patch(&format!("/api/v1/namespaces/{}", scene.namespace), &json!({ "metadata": { "labels": labels } }));
    // What an earlier run left, and what one has made that still runs.
    let left = |name: &str, until: &str| {
        let labels = json!({ "app.kubernetes.io/managed-by": "kubectl-podid", "kubectl-podid/run": name });
        let pods = json!({ "metadata": { "labels": labels }, "spec": { "containers": [{ "name": "probe", "image": IMAGE }],
                           "nodeSelector": { "nowhere": "yes" } } });
        let set = json!({ "metadata": { "name": name, "labels": labels, "annotations": { "kubectl-podid/until": until } },
                          "spec": { "selector": { "matchLabels": { "kubectl-podid/run": name } }, "template": pods } });
        scene.api.create(&sets(&scene), &set);
    };
    left("podid-probe-left", "2026-01-01T00:00:00Z");
    left("podid-probe-new", "2126-01-01T00:00:00Z");
    let said = run(&scene, &["-o", "json"]);
    assert_eq!(said.code, 0, "{said:?}");
    assert_eq!(outcome(&said)["outcome"], "works", "{said:?}");
    assert!(said.stderr.contains("took away DaemonSet") && said.stderr.contains("podid-probe-left"), "{said:?}");
    assert!(said.stderr.contains("on one node as service account api"), "{said:?}");
    assert_eq!(names(&scene, &sets(&scene)), ["podid-probe-new"]);
    scene.api.delete(&format!("{}/podid-probe-new", sets(&scene)));
    let said = run(&scene, &[]);
    said.says(&["1 of 1 node: a pod of service account api", "gets its credentials"]);
    is_clean(&scene);
}

#[test]
fn the_image_of_the_release_brings_the_probe() {
    let scene = NodeScene::new("every-node-release");
    let image = concat!("localhost/kubectl-podid:v", env!("CARGO_PKG_VERSION"));
    let said = run_with(&scene, "sa/api", image, &["-o", "json"]);
    assert_eq!((said.code, &outcome(&said)["outcome"]), (0, &json!("works")), "{said:?}");
    is_clean(&scene);
}

#[test]
fn what_fails_on_the_node_has_its_code() {
    let scene = NodeScene::alone("every-node-dropped");
    let cut = Rule::agent_cut_off();
    let said = run(&scene, &["-o", "json"]);
    drop(cut);
    assert_eq!(said.code, 1, "{said:?}");
    let probe = outcome(&said);
    assert_eq!((&probe["outcome"], &probe["finding"]["code"]), (&json!("fails"), &json!("PID930")), "{said:?}");
    is_clean(&scene);
}

#[test]
fn pods_without_variables_are_no_matter_of_nodes() {
    let scene = NodeScene::without_association("every-node-bare", Hold::shared());
    let said = run(&scene, &[]);
    assert_eq!(said.code, 1, "{said:?}");
    said.says(&["made without the variables", "next: kubectl podid doctor sa/api -n every-node-bare"]);
    is_clean(&scene);
}

#[test]
fn pods_that_do_not_come_up_are_unknown() {
    let scene = NodeScene::new("every-node-none");
    let said = run_with(&scene, "sa/api", "registry.example/none:1", &["--probe-timeout", "8s"]);
    assert_eq!(said.code, 3, "{said:?}");
    said.says(&["1 of 1 node: nothing was seen", "no pod came up within 8s", "--probe-image names an image"]);
    let said = run_with(&scene, "sa/nobody", IMAGE, &[]);
    assert_eq!(said.code, 3, "{said:?}");
    said.says(&["there is no service account nobody in namespace every-node-none"]);
    let quota = json!({ "metadata": { "name": "none" }, "spec": { "hard": { "pods": "0" } } });
    scene.api.create(&format!("/api/v1/namespaces/{}/resourcequotas", scene.namespace), &quota);
    let said = run(&scene, &["--probe-timeout", "20s"]);
    assert_eq!(said.code, 3, "{said:?}");
    said.says(&["no pod was made: quota none is used up"]);
    is_clean(&scene);
}

#[test]
fn what_permissions_prints_is_enough_and_less_is_said_before() {
    let scene = NodeScene::alone("every-node-rights");
    let user = |outcome: &Outcome| outcome.stderr.clone();
    let flags = ["--level", "nodes,node-probe", "--for-namespace", &scene.namespace];
    let all = Manifests::apply(&scene.api, "auditor", manifests(&printed(&flags), "auditor"));
    let look = || {
        let arguments = ["--probe", "sa/api", "--probe-image", IMAGE, "-o", "json"];
        scene.doctor(&arguments).verb("nodes").user("auditor").run()
    };
    let enough = look();
    all.remove(&scene.api);
    assert_eq!((enough.code, &outcome(&enough)["outcome"]), (0, &json!("works")), "{enough:?}");
    let flags = ["--level", "nodes", "--for-namespace", &scene.namespace];
    let less = Manifests::apply(&scene.api, "auditor", manifests(&printed(&flags), "auditor"));
    let denied = look();
    less.remove(&scene.api);
    assert_eq!(denied.code, 3, "{denied:?}");
    assert!(!user(&denied).contains("makes DaemonSet"), "{denied:?}");
    let document: Value = serde_json::from_str(&denied.stdout).expect("JSON");
    let gap = document["probe"]["gap"].to_string();
    assert!(gap.contains("create daemonsets") && gap.contains("get pods/attach"), "{gap}");
    is_clean(&scene);
}

#[test]
fn an_interruption_leaves_nothing() {
    let scene = NodeScene::new("every-node-interrupted");
    // Before the answer to the creation, while the pod comes up, while the probe runs, and later.
    for wait in [0, 300, 1_200, 2_500] {
        let doctor = scene.doctor(&["--probe", "sa/api", "--probe-image", IMAGE]).verb("nodes");
        let (program, arguments, environment) = doctor.command();
        let mut command = Command::new(program);
        command.args(arguments).env_clear().envs(environment).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the binary starts");
        let made = || !names(&scene, &sets(&scene)).is_empty() || child.try_wait().ok().flatten().is_some();
        let mut made = made;
        eventually("the daemon set is made", || made().then_some(()));
        std::thread::sleep(Duration::from_millis(wait));
        let id = child.id().to_string();
        Command::new("kill").args(["-INT", &id]).status().expect("kill starts");
        let ended = child.wait_with_output().expect("it ends");
        let code = ended.status.code();
        assert!(matches!(code, Some(130 | 0)), "{ended:?}");
        is_clean(&scene);
    }
}
