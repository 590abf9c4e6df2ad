//! `list` and `doctor -A` against the real API server: accounts that are stale, orphaned, on IRSA, and refused, and a restart by its plan.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::api::eventually;
use crate::support::scene::{Machine, Scene};
use crate::support::trust;

fn list(scene: &Scene, more: &[&str]) -> Value {
    let outcome = scene.doctor(&[more, &["-o", "json"]].concat()).verb("list").run();
    serde_json::from_str(&outcome.stdout).unwrap_or_else(|error| panic!("{error}: {outcome:?}"))
}

fn row<'d>(document: &'d Value, name: &str) -> &'d Value {
    let items = document["items"].as_array().expect("items");
    items.iter().find(|item| item["serviceAccount"] == name).unwrap_or_else(|| panic!("no {name} in {document:#}"))
}

#[test]
fn what_is_wrong_is_listed_and_stale_pods_are_restarted_by_the_plan() {
    let scene = Scene::without_association("listed", Machine::Linux);
    let pods = scene.place().workload("Deployment", "api", 1, json!({}));
    // Differences of less than five seconds are the clocks'.
    std::thread::sleep(Duration::from_secs(6));
    let role = scene.amazon.role(&scene.namespace, trust::pods());
    let id = scene.amazon.associate(&scene.namespace, "api", &role);
    let name = format!("{}-irsa", scene.namespace);
    let refusing = scene.amazon.role(&name, trust::pods());
    scene.service_account("refused", json!({}));
    scene.amazon.associate(&scene.namespace, "refused", &refusing);
    // EKS makes no association for a role that does not let it in: the policy was changed behind it.
    scene.amazon.role(&name, trust::irsa(&scene.namespace, "refused"));
    scene.amazon.associate(&scene.namespace, "gone", &role);
    scene.service_account("older", json!({ "eks.amazonaws.com/role-arn": role }));

    let document = list(&scene, &["--trust"]);
    assert_eq!(row(&document, "api")["state"], "stale", "{document:#}");
    assert_eq!(row(&document, "api")["pods"]["stale"], 1);
    assert_eq!(row(&document, "refused")["state"], "refused");
    assert_eq!(row(&document, "gone")["state"], "orphan");
    assert_eq!(row(&document, "older")["state"], "irsa");

    // Doing what the plan says fixes it.
    let plan = scene.doctor(&["--restart-plan"]).verb("list").run();
    assert_eq!(plan.stdout, format!("kubectl -n {} rollout restart deployment/api\n", scene.namespace), "{plan:?}");
    scene.amazon.age(&id);
    scene.wait_until_injecting(true);
    scene.api.delete(&scene.path("/api/v1", &format!("pods/{}", pods[0])));
    scene.place().run_all("app=api", 1);
    let state = eventually("a pod with its variables", || {
        let document = list(&scene, &[]);
        (row(&document, "api")["state"] == "ok").then(|| row(&document, "api").clone())
    });
    assert_eq!(state["pods"]["injected"], 1);
    let outcome = scene.doctor(&["deploy/api", "--for=healthy", "--timeout", "60s"]).verb("wait").run();
    assert_eq!(outcome.code, 0, "{outcome:?}");
}

#[test]
fn many_pods_are_told_once() {
    let scene = Scene::new("many");
    scene.place().workload("Deployment", "web", 5, json!({}));
    let outcome = scene.doctor(&["-l", "app=web"]).run();
    outcome.says(&["5 healthy", "4 more targets like this one"]);
    assert_eq!(outcome.code, 0, "{outcome:?}");
}
