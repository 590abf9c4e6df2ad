//! `diff`: two pods, a pod and a saved run, two saved runs.

use serde_json::{Value, json};

use crate::support::world::{POD, World};

/// A pod like the healthy one.
fn add_pod(world: &World, name: &str, change: impl FnOnce(&mut Value)) {
    let mut pod = world.kubernetes.object(POD);
    pod["metadata"]["name"] = json!(name);
    pod["metadata"]["uid"] = json!(format!("uid-of-{name}"));
    change(&mut pod);
    world.kubernetes.put(pod);
}

fn pointers(document: &Value) -> Vec<&str> {
    let all = document["evidence"].as_array().expect("evidence");
    all.iter().map(|one| one["pointer"].as_str().expect("a pointer")).collect()
}

#[test]
fn only_what_differs_is_told() {
    let world = World::healthy();
    add_pod(&world, "api-same", |_| {});
    let same = world.run(&["diff", "api-7c9f", "api-same", "-o", "json"]).ends_with(0).json();
    assert_eq!((&same["checks"], &same["evidence"]), (&json!([]), &json!([])), "{same:#}");
    world.run(&["diff", "api-7c9f", "api-same"]).ends_with(0).says(&["nothing differs"]);

    add_pod(&world, "api-keys", |pod| {
        let env = pod["spec"]["containers"][0]["env"].as_array_mut().expect("variables");
        env.push(json!({ "name": "AWS_ACCESS_KEY_ID", "value": "AKIAEXAMPLE" }));
        env.push(json!({ "name": "AWS_SECRET_ACCESS_KEY", "value": "secret" }));
    });
    let document = world.run(&["diff", "api-7c9f", "api-keys", "-o", "json"]).ends_with(1).json();
    let codes: Vec<&Value> = document["checks"].as_array().expect("checks").iter().map(|one| &one["code"]).collect();
    assert_eq!(codes[0], "PID410", "{document:#}");
    assert_eq!(document["checks"][0]["left"]["status"], "passed");
    assert_eq!(document["checks"][0]["right"]["status"], "failed");
    let keys = "/pod/spec/containers/app/env/AWS_ACCESS_KEY_ID";
    assert!(pointers(&document).contains(&keys), "{:?}", pointers(&document));
    assert_eq!((&document["left"]["verdict"], &document["right"]["verdict"]), (&json!("healthy"), &json!("broken")));
    world.run(&["diff", "api-7c9f", "api-keys"]).ends_with(1).says(&[
        "- shop/api-7c9f ✓ healthy",
        "+ shop/api-keys ✗ broken",
        "- passed + failed: the container has static access keys",
    ]);
}

#[test]
fn what_has_changed_since_it_worked() {
    let world = World::healthy();
    let (before, after) = (world.argument("before.yaml"), world.argument("after.yaml"));
    world.doctor(&["--save", &before]).ends_with(0);
    let same = world.run(&["diff", "api-7c9f", "--from", &before, "-o", "json"]).ends_with(0).json();
    assert_eq!(same["evidence"], json!([]), "{same:#}");
    super::verdicts::without_association(&world);
    world.doctor(&["--save", &after]).ends_with(1);
    let live = world.run(&["diff", "api-7c9f", "--from", &before, "-o", "json"]).ends_with(1).json();
    assert_eq!(live["left"]["verdict"], "healthy", "what was saved is what was there before");
    world.kubernetes.forget_requests();
    let files = world.run(&["diff", "--from", &before, "--from", &after, "-o", "json"]).ends_with(1).json();
    assert!(world.kubernetes.requests().is_empty());
    assert_eq!(files["checks"], live["checks"]);
    assert_eq!(files["checks"][0]["code"], "PID210");
    world.run(&["diff", "--from", &before, "--from", &after, "-o", "yaml"]).ends_with(1).yaml();
}

#[test]
fn it_compares_two() {
    let world = World::healthy();
    for words in [&["diff", "api-7c9f"][..], &["diff", "a", "b", "c"], &["diff"]] {
        world.run(words).ends_with(2).warns(&["diff compares two, found"]);
    }
    world.run(&["diff", "deploy/api", "api-7c9f"]).ends_with(2).warns(&["stands for several pods"]);
    world.run(&["diff", "api-7c9f", "--from", "/no/such/file"]).ends_with(2);
    world.run(&["diff", "api-7c9f", "api-none", "-o", "json"]).ends_with(3).json();
    world.run(&["diff", "api-7c9f", "api-none", "-o", "html"]).ends_with(2);
}
