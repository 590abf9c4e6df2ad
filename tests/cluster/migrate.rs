//! `migrate` on the real API server: a service account is moved from IRSA to EKS Pod Identity by the commands of its own plan, and the
//! doctor is healthy after each.

use std::process::Command;

use serde_json::{Value, json};

use crate::support::api::eventually;
use crate::support::kubeconfig;
use crate::support::scene::{Machine, Scene};
use crate::support::trust;

fn plan(scene: &Scene) -> Value {
    let outcome = scene.doctor(&["-o", "json"]).verb("migrate").run();
    assert_eq!(outcome.code, 0, "{outcome:?}");
    serde_json::from_str(&outcome.stdout).unwrap_or_else(|error| panic!("{error}: {outcome:?}"))
}

/// The item of service account `worker`.
fn own(document: &Value) -> Value {
    let items = document["items"].as_array().expect("items");
    items.iter().find(|item| item["serviceAccount"] == "worker").unwrap_or(&Value::Null).clone()
}

/// The first command of the page that is not done.
fn next(scene: &Scene, done: &[String]) -> Option<String> {
    let document = plan(scene);
    let own = own(&document);
    let lists = [&document["first"], &own["steps"], &document["last"]];
    let open = lists.into_iter().filter_map(Value::as_array).flatten().filter(|step| step["done"] == false);
    let commands = open.filter_map(|step| step["command"].as_str());
    commands.map(str::to_owned).find(|command| !done.contains(command))
}

/// Runs a command of the plan in a shell as a person would. What it would have the AWS CLI do is done to the played AWS.
fn perform(scene: &Scene, command: &str) {
    let bin = scene.home.path().join("bin");
    std::fs::create_dir_all(&bin).expect("a folder");
    let plugin = bin.join("kubectl-podid");
    if !plugin.exists() {
        std::os::unix::fs::symlink(assert_cmd::cargo::cargo_bin!("kubectl-podid"), plugin).expect("a link");
    }
    let asked = scene.home.path().join("asked");
    let script = format!("aws() {{ printf '%s\\0' \"$@\" > {}; }}\n{command}\n", asked.display());
    let doctor = scene.doctor(&[]);
    let (_, _, variables) = doctor.command();
    let output = Command::new("bash")
        .args(["-euc", &script])
        .env_clear()
        .envs(variables)
        .env("PATH", format!("{}:{}", bin.display(), std::env::var("PATH").expect("a PATH")))
        .env("KUBECONFIG", kubeconfig::of("admin"))
        .output()
        .expect("bash starts");
    assert!(output.status.success(), "{command}: {output:?}");
    let Ok(words) = std::fs::read_to_string(&asked) else { return };
    std::fs::remove_file(&asked).expect("the file goes");
    let words: Vec<&str> = words.split('\0').collect();
    let of = |option: &str| {
        let place = words.iter().position(|word| *word == option);
        words[place.unwrap_or_else(|| panic!("{option} is missing in {command}")) + 1]
    };
    match words[..2] {
        ["iam", "update-assume-role-policy"] => {
            let policy = serde_json::from_str(of("--policy-document")).expect("a policy");
            scene.amazon.role(of("--role-name"), policy);
        }
        ["eks", "create-pod-identity-association"] => {
            scene.amazon.associate(of("--namespace"), of("--service-account"), of("--role-arn"));
        }
        _ => panic!("{command}"),
    }
}

/// Lets new pods run, and lets old ones go that the workload has replaced, as a kubelet does.
fn play_the_kubelet(scene: &Scene, old: &str) {
    let pods = scene.path("/api/v1", "pods?labelSelector=app=worker");
    let new = eventually("a new pod", || {
        let names = scene.api.list(&pods);
        names.iter().filter_map(|pod| pod["metadata"]["name"].as_str()).find(|name| *name != old).map(str::to_owned)
    });
    scene.place().run(&new);
    eventually("the old pod to be deleted", || {
        let all = scene.api.list(&pods);
        let is_going =
            |pod: &&Value| pod["metadata"]["name"] == old && pod["metadata"]["deletionTimestamp"].is_string();
        all.iter().find(is_going).cloned()
    });
    scene.api.delete(&scene.path("/api/v1", &format!("pods/{old}?gracePeriodSeconds=0")));
}

#[test]
fn a_service_account_is_moved_by_its_own_plan() {
    let scene = Scene::without_association("moved", Machine::Linux);
    let role = scene.amazon.role(&scene.namespace, trust::irsa(&scene.namespace, "worker"));
    scene.service_account("worker", json!({ "eks.amazonaws.com/role-arn": role }));
    let old = scene.place().workload("Deployment", "worker", 1, json!({ "spec": { "serviceAccountName": "worker" } }));
    let is_healthy = |when: &str| {
        let outcome = scene.doctor(&["deploy/worker", "--fail-on", "error"]).run();
        assert_eq!(outcome.code, 0, "{when}: {outcome:?}");
    };
    is_healthy("before anything");
    assert_eq!(own(&plan(&scene))["state"], "ready");
    let mut done: Vec<String> = Vec::new();
    while let Some(command) = next(&scene, &done) {
        let written = own(&plan(&scene))["steps"].clone();
        perform(&scene, &command);
        if command.contains("rollout restart") {
            play_the_kubelet(&scene, &old[0]);
            // The plan is made again after each step, and knows by then that the pods have moved: these stand in the one before.
            let all = written.as_array().into_iter().flatten().filter_map(|step| step["command"].as_str());
            let seen: Vec<&str> =
                all.filter(|one| one.contains("rollout status") || one.contains("wait deployment/")).collect();
            assert_eq!(seen.len(), 2, "{written:#}");
            for one in seen {
                perform(&scene, one);
            }
        }
        is_healthy(&command);
        done.push(command);
        assert!(done.len() < 16, "the plan does not come to an end: {done:#?}");
    }
    let order = [
        "kubectl podid nodes",
        "kubectl podid explain",
        "aws iam update-assume-role-policy",
        "aws eks create-pod-identity-association",
        "kubectl podid wait sa/worker",
        "kubectl -n",
        "kubectl podid doctor worker-",
        "kubectl -n",
        "aws iam update-assume-role-policy",
    ];
    assert_eq!(done.len(), order.len(), "{done:#?}");
    for (command, start) in done.iter().zip(order) {
        assert!(command.starts_with(start), "{command} is not {start}: {done:#?}");
    }
    // Nothing is left of IRSA, and a further run finds nothing to do.
    assert_eq!(own(&plan(&scene)), Value::Null);
    let reports = scene.doctor(&["deploy/worker"]).reports();
    reports[0].expect("healthy", 0, &[]).statuses(&[("PID210", "passed"), ("PID820", "passed")]);
}
