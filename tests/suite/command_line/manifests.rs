//! `doctor -f`: what pods would get before they are applied.

use serde_json::{Value, json};

use crate::support::run::Run;
use crate::support::world::{World, causes};

fn deployment(name: &str, account: &str, container: &Value) -> Value {
    let mut own = json!({ "name": "app", "image": "example.com/app:1" });
    for (key, value) in container.as_object().expect("fields") {
        own[key] = value.clone();
    }
    json!({ "apiVersion": "apps/v1", "kind": "Deployment", "metadata": { "name": name, "namespace": "shop" },
        "spec": { "selector": { "matchLabels": { "app": name } }, "template": {
            "metadata": { "labels": { "app": name } },
            "spec": { "serviceAccountName": account, "containers": [own] } } } })
}

fn keys() -> Value {
    json!({ "env": [{ "name": "AWS_ACCESS_KEY_ID", "value": "AKIAEXAMPLE" },
        { "name": "AWS_SECRET_ACCESS_KEY", "valueFrom": { "secretKeyRef": { "name": "aws", "key": "secret" } } }] })
}

fn text(documents: &[Value]) -> String {
    let documents: Vec<String> = documents.iter().map(Value::to_string).collect();
    documents.join("\n---\n")
}

fn judge(world: &World, documents: &[Value], more: &[&str]) -> Run {
    world.write("manifest.yaml", &text(documents));
    world.run(&[&["doctor", "-f", &world.argument("manifest.yaml")], more].concat())
}

#[test]
fn what_would_work_is_a_gate_that_opens() {
    let world = World::healthy();
    let document = judge(&world, &[deployment("new", "api", &json!({}))], &["-o", "json"]).ends_with(0).json();
    assert_eq!(document["kind"], "DiagnosisList");
    let item = &document["items"][0];
    assert_eq!((&item["target"]["kind"], &item["target"]["name"]), (&json!("Deployment"), &json!("new")));
    assert_eq!(item["association"]["roleArn"], "arn:aws:iam::111122223333:role/api");
    judge(&world, &[deployment("new", "api", &json!({}))], &[]).says(&["new", "judged by its template"]);
    // From standard input, and from a folder.
    let piped = world.command(&["doctor", "-f", "-"]).stdin(&text(&[deployment("new", "api", &json!({}))])).run();
    piped.ends_with(0);
    std::fs::create_dir(world.path("folder")).expect("a folder");
    world.write("folder/a.yaml", &text(&[deployment("one", "api", &json!({}))]));
    world.write("folder/b.json", &deployment("two", "api", &json!({})).to_string());
    world.write("folder/notes.txt", "no manifest");
    let folder = world.run(&["doctor", "-f", &world.argument("folder"), "-o", "json"]).ends_with(0).json();
    assert_eq!(folder["items"].as_array().map(Vec::len), Some(2));
}

#[test]
fn what_would_fail_closes_it() {
    let world = World::healthy();
    let document = judge(&world, &[deployment("new", "api", &keys())], &["-o", "json"]).ends_with(1).json();
    assert_eq!(causes(&document["items"][0]), ["PID410"]);
    // What the cluster has under this name may work as it is: no command changes it.
    let page = judge(&world, &[deployment("api", "api", &keys())], &[]).ends_with(1).stdout;
    assert!(page.contains("remove AWS_ACCESS_KEY_ID") && page.contains("apply the manifests"), "{page}");
    assert!(!page.contains("kubectl -n"), "{page}");
    // Its service account comes with it, and nothing gives that one a role.
    let account = json!({ "apiVersion": "v1", "kind": "ServiceAccount", "metadata": { "name": "cart" } });
    let both = [account, deployment("cart", "cart", &json!({}))];
    let document = judge(&world, &both, &["-n", "shop", "-o", "json"]).ends_with(1).json();
    assert_eq!(document["items"].as_array().map(Vec::len), Some(1), "it is judged with what uses it");
    assert_eq!(causes(&document["items"][0]), ["PID210"]);
    // One that is annotated goes the way of IRSA, whatever the cluster has.
    let annotated = json!({ "apiVersion": "v1", "kind": "ServiceAccount", "metadata": { "name": "older", "namespace": "shop",
        "annotations": { "eks.amazonaws.com/role-arn": "arn:aws:iam::111122223333:role/api" } } });
    let document =
        judge(&world, &[annotated.clone(), deployment("older", "older", &json!({}))], &["-o", "json"]).json();
    assert_eq!(document["items"][0]["mode"], "irsa");
    let alone = judge(&world, &[annotated], &["-o", "json"]).json();
    assert_eq!((&alone["kind"], &alone["target"]["kind"]), (&json!("Diagnosis"), &json!("ServiceAccount")));
}

#[test]
fn manifests_alone_tell_something_too() {
    let world = World::healthy();
    let document = judge(&world, &[deployment("new", "api", &keys())], &["--no-cluster", "-o", "json"]).json();
    assert_eq!(causes(&document["items"][0]), ["PID410"]);
    judge(&world, &[deployment("new", "api", &keys())], &["--no-cluster"]).ends_with(1);
    // What was not asked is not passed.
    judge(&world, &[deployment("new", "api", &json!({}))], &["--no-cluster"])
        .ends_with(3)
        .says(&["nothing wrong in the manifest", "next: repeat this command without --no-cluster"]);
    assert_eq!((world.kubernetes.requests().len(), world.aws.requests().len()), (0, 0));
    world.run(&["doctor", "api-7c9f", "--no-cluster"]).ends_with(2);
}

#[test]
fn every_form_of_a_manifest_is_read() {
    let world = World::healthy();
    let pod = json!({ "apiVersion": "v1", "kind": "Pod", "metadata": { "generateName": "run-" },
        "spec": { "serviceAccountName": "api", "containers": [{ "name": "app", "image": "x" }] } });
    let template = pod["spec"].clone();
    let job = json!({ "apiVersion": "batch/v1", "kind": "CronJob", "metadata": { "name": "nightly" },
        "spec": { "jobTemplate": { "spec": { "template": { "spec": template } } } } });
    let list = json!({ "apiVersion": "v1", "kind": "List", "items": [
        job,
        { "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "c" } },
        { "apiVersion": "example.com/v1", "kind": "Deployment", "metadata": { "name": "of-another-group" } },
    ] });
    let twice = deployment("same", "api", &keys());
    let documents = [pod, list, Value::Null, twice, deployment("same", "api", &json!({}))];
    let document = judge(&world, &documents, &["-n", "shop", "-o", "json"]).ends_with(0).json();
    let names: Vec<&Value> =
        document["items"].as_array().expect("items").iter().map(|item| &item["target"]["name"]).collect();
    assert_eq!(names, ["run", "nightly", "same"], "of what is written twice the last counts");
    let many: Vec<Value> = (0..10_000)
        .map(|number| json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": format!("c-{number}") } }))
        .chain([deployment("new", "api", &json!({}))])
        .collect();
    let document = judge(&world, &many, &["-o", "json"]).ends_with(0).json();
    assert_eq!(document["items"].as_array().map(Vec::len), Some(1));
}

#[test]
fn what_stands_beside_a_pod_is_judged_with_it() {
    let world = World::healthy();
    let map = json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "settings" },
        "data": { "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "x" } });
    let from = json!({ "envFrom": [{ "configMapRef": { "name": "settings" } }] });
    let document = judge(&world, &[deployment("new", "api", &from), map], &["-n", "shop", "-o", "json"]);
    assert_eq!(causes(&document.ends_with(1).json()["items"][0]), ["PID410"]);
    let policy = json!({ "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
        "metadata": { "name": "nothing-out", "namespace": "shop" },
        "spec": { "podSelector": {}, "policyTypes": ["Egress"], "egress": [] } });
    let document = judge(&world, &[deployment("new", "api", &json!({})), policy], &["-o", "json"]).json();
    let item = &document["items"][0];
    let of_policies = item["checks"].as_array().expect("checks").iter().find(|one| one["code"] == "PID510");
    assert_ne!(of_policies.expect("the check")["status"], "passed", "{item:#}");
    // An older name of a field, and fields that charts leave empty.
    let mut older = deployment("new", "api", &json!({}));
    let spec = &mut older["spec"]["template"]["spec"];
    spec["serviceAccountName"] = Value::Null;
    spec["serviceAccount"] = json!("api");
    for field in ["nodeSelector", "volumes", "initContainers", "hostNetwork"] {
        spec[field] = Value::Null;
    }
    let document = judge(&world, &[older], &["-o", "json"]).ends_with(0).json();
    assert_eq!(document["items"][0]["target"]["serviceAccount"], "api");
    // What makes pods in a way that is not known is no pass.
    let mut rollout = deployment("rollout", "api", &keys());
    (rollout["apiVersion"], rollout["kind"]) = (json!("argoproj.io/v1alpha1"), json!("Rollout"));
    judge(&world, &[deployment("new", "api", &json!({})), rollout], &[])
        .ends_with(3)
        .warns(&["not judged: rollout/rollout (argoproj.io/v1alpha1)"]);
}

#[test]
fn mistakes_are_told_with_their_place() {
    let world = World::healthy();
    let file = world.argument("manifest.yaml");
    for (text, words) in [
        ("name: {{ .Values.name }}", "is no YAML — line 1"),
        ("kind: [", "is no YAML"),
        ("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n", "none of the 1 objects"),
        ("", "hold no object"),
        ("---\napiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: 7}\n", "has a field of another type"),
        ("apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec: {}\n", "a has no template"),
        (
            "apiVersion: v1\nkind: Pod\nmetadata: {name: 'A B'}\nspec: {containers: []}\n",
            "has no name that Kubernetes takes",
        ),
        ("just: words\n", "it has no kind"),
    ] {
        world.write("manifest.yaml", text);
        world.run(&["doctor", "-f", &file]).ends_with(2).warns(&[words]);
    }
    // What stands in a field of the wrong type may be a secret.
    let secret = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: c, env: [{name: PASSWORD, value: 8675309}]}]}\n";
    world.write("manifest.yaml", secret);
    let refused = world.run(&["doctor", "-f", &file, "-o", "json"]).ends_with(2);
    assert!(!refused.stdout.contains("8675309") && !refused.stderr.contains("8675309"), "{refused:?}");
    let other = deployment("new", "api", &json!({}));
    judge(&world, &[other], &["-n", "staging"]).ends_with(2).warns(&["names another namespace than -n"]);
    world.run(&["doctor", "-f", "/no/such/file"]).ends_with(2).warns(&["/no/such/file cannot be read"]);
    std::fs::create_dir(world.path("empty")).expect("a folder");
    world.run(&["doctor", "-f", &world.argument("empty")]).ends_with(2).warns(&["holds no manifest"]);
    world.run(&["doctor", "-f", &file, "api-7c9f"]).ends_with(2);
    let plan = judge(&world, &[deployment("new", "api", &json!({}))], &["--plan"]).ends_with(0).stdout;
    assert!(plan.contains("eks:DescribePodIdentityAssociation") && !plan.contains("/deployments/new"), "{plan}");
}
