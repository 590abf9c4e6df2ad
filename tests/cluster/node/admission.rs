//! Other webhooks before pod creation, and EKS's own where its instances differ: on real pods that were made through them.

use serde_json::{Value, json};

use crate::support::api::eventually;
use crate::support::probed::{IMAGE, container};
use crate::support::real_node::NodeScene;
use crate::support::relay::Rule;
use crate::support::second_webhook::{About, Does, SecondWebhook, start};
use crate::support::webhook;

/// A deployment `web` of pods that stay.
fn deployment(scene: &NodeScene, replicas: u32) {
    let labels = json!({ "app": "web" });
    let template = json!({ "metadata": { "labels": labels }, "spec": {
        "serviceAccountName": "api", "terminationGracePeriodSeconds": 0, "containers": [container("app")] } });
    let spec = json!({ "replicas": replicas, "selector": { "matchLabels": labels }, "template": template });
    let body = json!({ "metadata": { "name": "web" }, "spec": spec });
    scene.api.create(&format!("/apis/apps/v1/namespaces/{}/deployments", scene.namespace), &body);
}

fn pods(scene: &NodeScene) -> Vec<Value> {
    scene.api.list(&format!("/api/v1/namespaces/{}/pods", scene.namespace))
}

fn is_injected(pod: &Value) -> bool {
    pod["spec"]["containers"][0]["env"].to_string().contains("AWS_CONTAINER_CREDENTIALS_FULL_URI")
}

/// Waits until the API server has read the second webhook: a dry-run shows what it does.
fn is_in_force(scene: &NodeScene, shows: impl Fn(Result<Value, String>) -> bool) {
    let pod = crate::support::workloads::manifest(json!({ "metadata": { "name": "tried" } }));
    let path = format!("/api/v1/namespaces/{}/pods?dryRun=All", scene.namespace);
    eventually("the second webhook is in force", || shows(scene.api.try_create(&path, &pod)).then_some(()));
}

#[test]
fn one_that_takes_the_variables_out_again() {
    let scene = NodeScene::new("second-strips");
    let second = SecondWebhook::begin(&scene.api, &scene.namespace, About::NEW_PODS, Does::Strip);
    is_in_force(&scene, |pod| pod.is_ok_and(|pod| !is_injected(&pod)));
    let pod = scene.pod(json!({ "spec": { "containers": [container("app")] } }));
    assert_eq!(pod["metadata"]["labels"]["eks.amazonaws.com/pod-identity"], "enabled");
    let says = "second.example.com";
    let report = scene.doctor(&["api"]).report();
    // Nothing owns the pod, so the label may be a copy.
    report.expect("inconclusive", 3, &["PID390?"]).statuses(&[("PID310", "passed"), ("PID340", "failed")]).says(says);
    let report = scene.doctor(&["api", "--canary", "-q"]).report();
    report.statuses(&[("PID390", "failed"), ("PID910", "failed")]).says("3 of 3 dry-runs without the variables");
    scene.probe("exec", &[]).report.statuses(&[("PID390", "failed"), ("PID940", "notApplicable")]);
    deployment(&scene, 1);
    let made = eventually("the pod of the deployment", || {
        pods(&scene).into_iter().find(|pod| pod["metadata"]["name"] != "api" && pod["status"]["phase"] == "Running")
    });
    let name = made["metadata"]["name"].as_str().expect("a name");
    scene.doctor(&[name]).report().expect("broken", 1, &["PID390"]).says(says);
    // EKS's own is called again behind one that is not: then it has the last word.
    second.change(&json!({ "reinvocationPolicy": "Never" }));
    is_in_force(&scene, |pod| pod.is_ok_and(|pod| is_injected(&pod)));
}

#[test]
fn instances_of_the_control_plane_that_differ() {
    let scene = NodeScene::alone("webhook-flaps");
    let (server, client) = start(Does::EveryOther);
    let _redirected = Rule::webhook_behind(&server.address().port().to_string());
    let mut own = webhook::current(&scene.api);
    own["clientConfig"]["caBundle"] = client["caBundle"].clone();
    webhook::change(&scene.api, &json!({ "webhooks": [own] }));
    is_in_force(&scene, |pod| pod.is_ok_and(|pod| !is_injected(&pod)));
    deployment(&scene, 4);
    let made = eventually("the pods of the deployment", || {
        let made = pods(&scene);
        (made.len() == 4 && made.iter().all(|pod| pod["status"]["phase"] == "Running")).then_some(made)
    });
    let name = |wanted: bool| {
        let found = made.iter().find(|pod| is_injected(pod) == wanted);
        found.and_then(|pod| pod["metadata"]["name"].as_str()).expect("pods of both kinds")
    };
    let (with, without) = (name(true), name(false));
    let lacking = [
        scene.doctor(&[without]).report(),
        scene.doctor(&[without, "--canary=4", "-q"]).report(),
        scene.doctor(&[with, "--canary=4", "-q"]).report(),
    ];
    let probed = scene.doctor(&[without, "--probe=exec", "-q"]).report();
    let waited = scene.doctor(&["sa/api", "--timeout", "4s"]).verb("wait").run();
    lacking[0]
        .expect("broken", 1, &["PID340", "PID370"])
        .statuses(&[("PID210", "passed"), ("PID390", "notApplicable")]);
    probed.expect("broken", 1, &["PID340", "PID370"]);
    lacking[1].statuses(&[("PID910", "failed")]).says("2 of 4 pods that are created now get no credential variables");
    lacking[2].statuses(&[("PID340", "passed"), ("PID910", "failed")]);
    assert_eq!(lacking[2].document["verdict"], "degraded", "{}", lacking[2]);
    waited.says(&["not injected in time: only some new pods get the credential variables"]);
    assert_eq!(waited.code, 1);
}

#[test]
fn one_that_refuses() {
    let scene = NodeScene::new("second-refuses");
    scene.pod(json!({ "spec": { "containers": [container("app")] } }));
    let _second =
        SecondWebhook::begin(&scene.api, &scene.namespace, About::NEW_PODS, Does::Refuse("no pods on Saturdays"));
    is_in_force(&scene, |pod| pod.is_err_and(|error| error.contains("no pods on Saturdays")));
    deployment(&scene, 1);
    let events = format!("/api/v1/namespaces/{}/events?fieldSelector=reason%3DFailedCreate", scene.namespace);
    eventually("the replica set tries", || (!scene.api.list(&events).is_empty()).then_some(()));
    let reports = scene.doctor(&["deploy/web"]).reports();
    reports[0].expect("degraded", 0, &["PID395"]).says("admission webhook second.example.com refuses them");
    let report = scene.doctor(&["api", "--canary", "-q"]).report();
    report
        .gaps(&[("PID910", "insufficient")])
        .says("admission webhook \"second.example.com\" refused it: no pods on Saturdays");
    // A copy of the pod is a new pod; the pod itself can be looked into.
    let refused = scene.probe("pod", &[]);
    refused.report.says("the copy of the pod was refused").says("no pods on Saturdays");
    assert_eq!(refused.report.document["sideEffects"], json!([]));
    scene.probe("auto", &[]).report.expect("healthy", 0, &[]).statuses(&[("PID940", "passed")]);
}

#[test]
fn a_copy_whose_deletion_is_refused_is_told() {
    let scene = NodeScene::new("kept-copy");
    scene.pod(json!({ "spec": { "containers": [container("app")] } }));
    let about = About { kind: "validating", operation: "DELETE", resource: "pods" };
    let second = SecondWebhook::begin(&scene.api, &scene.namespace, about, Does::Refuse("pods are for ever"));
    let path = format!("/api/v1/namespaces/{}/pods/none", scene.namespace);
    let tried = format!("/api/v1/namespaces/{}/pods", scene.namespace);
    let body = crate::support::workloads::manifest(
        json!({ "metadata": { "name": "none" }, "spec": { "nodeName": "nowhere" } }),
    );
    scene.api.create(&tried, &body);
    eventually("deletions are refused", || {
        scene.api.try_delete(&path).is_err_and(|error| error.contains("for ever")).then_some(())
    });
    let outcome = scene.doctor(&["api", "--probe=pod", "--probe-image", IMAGE, "-q", "-o", "json"]).run();
    drop(second);
    let copies = pods(&scene).into_iter().filter_map(|pod| pod["metadata"]["name"].as_str().map(str::to_owned));
    let copies: Vec<String> = copies.filter(|name| name.starts_with("podid-")).collect();
    let [copy] = copies.as_slice() else { panic!("{copies:?} {outcome:?}") };
    let told = format!("pod {}/{copy} stays, because its deletion was refused", scene.namespace);
    let document: Value = serde_json::from_str(&outcome.stdout).expect("JSON");
    let effects = document["sideEffects"].to_string();
    assert!(effects.contains(&told) && outcome.stderr.contains(&told), "{outcome:?}");
    assert!(
        outcome.stderr.starts_with("makes pod "),
        "said before it is made, also to whoever wants quiet: {outcome:?}"
    );
    let command = format!("kubectl delete pod {copy} -n {} takes it away", scene.namespace);
    assert!(effects.contains(&command) && effects.contains("pods are for ever"), "{effects}");
}

#[test]
fn an_ephemeral_container_whose_request_is_not_answered_is_told() {
    let scene = NodeScene::new("lost-answer");
    scene.pod(json!({ "spec": { "containers": [container("app")] } }));
    let about = About { kind: "validating", operation: "UPDATE", resource: "pods/ephemeralcontainers" };
    let _second = SecondWebhook::begin(&scene.api, &scene.namespace, about, Does::Nothing);
    // Until it is in force the request is answered.
    let effects = eventually("the request is not answered", || {
        let arguments =
            ["api", "--probe=ephemeral", "--probe-image", IMAGE, "--probe-timeout", "3s", "-q", "-o", "json"];
        let outcome = scene.doctor(&arguments).run();
        let document: Value = serde_json::from_str(&outcome.stdout).expect("JSON");
        assert!(outcome.stderr.contains("adds ephemeral container podid-probe-"), "{outcome:?}");
        let effects = document["sideEffects"].clone();
        (document["checks"].to_string().contains("took longer than 3s")).then_some(effects)
    });
    let [effect] = effects.as_array().map(Vec::as_slice).unwrap_or_default() else { panic!("{effects}") };
    let effect = effect.as_str().unwrap_or_default();
    assert!(
        effect.starts_with("ephemeral container podid-probe-") && effect.contains("may be in the description"),
        "{effect}"
    );
}
