//! What is asked beyond reading: dry-runs that the real API server admits or refuses, tokens that it really binds.

use serde_json::{Value, json};

use crate::support::api::eventually;
use crate::support::report::Report;
use crate::support::rights;
use crate::support::run::Outcome;
use crate::support::scene::{Machine, Scene};
use crate::support::workloads::{container, container_with};

const ADMISSION: &str = "/apis/admissionregistration.k8s.io/v1";

/// The report of a run that does not say beforehand what it does.
fn asked(scene: &Scene, arguments: &[&str]) -> Report {
    scene.doctor(&[arguments, &["-q"]].concat()).report()
}

/// What dry-runs of pods like `api` come to: the status of the check, and the words of its gap.
fn canary(scene: &Scene) -> (String, String) {
    let report = asked(scene, &["api", "--canary"]);
    let check = report.check("PID910");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    (text(&check["status"]), text(&check["gap"]["detail"]))
}

/// Waits until dry-runs are refused in these words.
fn is_refused(scene: &Scene, words: &str) {
    eventually(words, || {
        let (status, detail) = canary(scene);
        (status == "unknown" && detail.contains(words)).then_some(())
    });
}

/// How many pods the namespace has.
fn pods(scene: &Scene) -> usize {
    scene.api.list(&scene.path("/api/v1", "pods")).len()
}

#[test]
fn new_pods_are_injected_and_none_is_made() {
    let scene = Scene::new("canary");
    scene.pod(json!({ "spec": { "initContainers": [container("init")], "containers": [container("app"), container("helper")] } }));
    let report = asked(&scene, &["api", "--canary=5"]);
    report.expect("healthy", 0, &[]).statuses(&[("PID910", "passed")]);
    let report = asked(&scene, &["sa/api", "--canary"]);
    report.statuses(&[("PID910", "passed")]);
    assert_eq!(pods(&scene), 1);
}

#[test]
fn a_restricted_namespace_lets_them_in() {
    let scene = Scene::new("canary-restricted");
    scene.pod(json!({}));
    let enforce = json!({ "metadata": { "labels": { "pod-security.kubernetes.io/enforce": "restricted" } } });
    scene.api.patch(&format!("/api/v1/namespaces/{}", scene.namespace), &enforce);
    assert_eq!(canary(&scene), ("passed".to_owned(), String::new()));
}

#[test]
fn without_an_association_no_new_pod_has_them() {
    let scene = Scene::without_association("canary-none", Machine::Linux);
    scene.pod(json!({}));
    let report = asked(&scene, &["api", "--canary"]);
    report.expect("broken", 1, &["PID210"]).statuses(&[("PID910", "failed")]);
}

#[test]
fn exclusions_of_the_target_are_those_of_the_dry_run() {
    let scene = Scene::new("canary-skip");
    scene.pod(json!({ "metadata": { "labels": { "eks.amazonaws.com/skip-pod-identity-webhook": "true" } } }));
    let report = asked(&scene, &["api", "--canary"]);
    report.expect("broken", 1, &["PID320"]).statuses(&[("PID910", "failed")]);
    let scene = Scene::new("canary-skip-one");
    scene.pod(json!({
        "metadata": { "annotations": { "eks.amazonaws.com/skip-containers": "helper" } },
        "spec": { "containers": [container("app"), container_with("helper", &[])] },
    }));
    assert_eq!(canary(&scene).0, "passed");
}

#[test]
fn a_quota_is_named_or_told_what_it_wants() {
    let scene = Scene::new("canary-quota");
    scene.pod(json!({}));
    let quota = |hard: Value| json!({ "metadata": { "name": "quota" }, "spec": { "hard": hard } });
    let path = scene.path("/api/v1", "resourcequotas");
    scene.api.create(&path, &quota(json!({ "limits.cpu": "1", "requests.memory": "1Gi" })));
    eventually("the quota counts", || {
        let tried = scene.api.get(&format!("{path}/quota"));
        tried["status"]["hard"]["limits.cpu"].is_string().then_some(())
    });
    assert_eq!(canary(&scene), ("passed".to_owned(), String::new()));
    scene.api.patch(&format!("{path}/quota"), &json!({ "spec": { "hard": { "pods": "1" } } }));
    is_refused(&scene, "a quota refused it: exceeded quota: quota");
}

#[test]
fn policies_and_webhooks_that_refuse_are_quoted() {
    let scene = Scene::new("canary-policy");
    scene.pod(json!({}));
    let name = format!("owners-{}", scene.namespace);
    let here = json!({ "matchLabels": { "kubernetes.io/metadata.name": scene.namespace } });
    let pods = json!([{ "apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"] }]);
    scene.api.create(&format!("{ADMISSION}/validatingadmissionpolicies"), &json!({
        "metadata": { "name": name },
        "spec": {
            "matchConstraints": { "resourceRules": pods },
            "validations": [{ "expression": "has(object.metadata.annotations) && 'owner' in object.metadata.annotations",
                              "message": "each pod names its owner" }],
        },
    }));
    scene.api.create(&format!("{ADMISSION}/validatingadmissionpolicybindings"), &json!({
        "metadata": { "name": name },
        "spec": { "policyName": name, "validationActions": ["Deny"], "matchResources": { "namespaceSelector": here } },
    }));
    is_refused(&scene, "each pod names its owner");
    assert!(canary(&scene).1.starts_with("a ValidatingAdmissionPolicy refused it"), "{:?}", canary(&scene));
    scene.api.delete(&format!("{ADMISSION}/validatingadmissionpolicybindings/{name}"));
    scene.api.delete(&format!("{ADMISSION}/validatingadmissionpolicies/{name}"));
    let webhook = |side_effects: &str| {
        json!({
            "metadata": { "name": name },
            "webhooks": [{
                "name": "gate.example.com", "admissionReviewVersions": ["v1"], "sideEffects": side_effects,
                "failurePolicy": "Fail", "timeoutSeconds": 1, "namespaceSelector": here, "rules": pods,
                "clientConfig": { "url": "https://127.0.0.1:1/gate" },
            }],
        })
    };
    let path = format!("{ADMISSION}/validatingwebhookconfigurations");
    scene.api.create(&path, &webhook("None"));
    is_refused(&scene, "admission webhook \"gate.example.com\" refused it");
    scene.api.delete(&format!("{path}/{name}"));
}

#[test]
fn a_service_account_that_is_not_there_is_told() {
    let scene = Scene::new("canary-account");
    let report = asked(&scene, &["sa/missing", "--canary"]);
    let gap = &report.check("PID910")["gap"]["detail"];
    assert!(gap.as_str().is_some_and(|words| words.contains("service account missing was not found")), "{gap}");
}

#[test]
fn a_missing_right_is_told_and_nothing_is_sent() {
    let scene = Scene::new("canary-rights");
    scene.pod(json!({}));
    rights::grant(
        &scene.api,
        &scene.namespace,
        "developer",
        &[rights::rule("", &["pods", "serviceaccounts"], &["get", "list"])],
    );
    let report = scene.doctor(&["api", "--canary", "--assume", "-q"]).user("developer").report();
    assert_eq!(report.check("PID910")["gap"]["reason"], "denied");
    for right in ["create pods", "create serviceaccounts/token"] {
        let permission = format!("{right} in {}", scene.namespace);
        let missing = report.document["missingPermissions"].as_array().expect("a list");
        assert!(missing.iter().any(|one| one["permission"] == permission), "{permission} is not in {missing:?}");
    }
}

#[test]
fn a_pipeline_waits_for_the_association() {
    let scene = Scene::without_association("wait", Machine::Linux);
    scene.doctor(&["sa/api", "--timeout", "3s"]).verb("wait").run().says(&["not injected in time", "0 of "]);
    scene.associate();
    let outcome = scene.doctor(&["sa/api", "--timeout", "60s"]).verb("wait").run();
    outcome.says(&["injected: new pods get the credential variables"]);
    assert_eq!(outcome.code, 0);
    let outcome = scene.doctor(&["sa/missing"]).verb("wait").run();
    assert_eq!(outcome.code, 3, "{outcome:?}");
    assert_eq!(pods(&scene), 0);
}

#[test]
fn a_token_of_the_real_api_server_gives_the_role() {
    let scene = Scene::new("assume");
    scene.pod(json!({}));
    // What it leaves behind is said also to whoever wants quiet.
    let outcome = scene.doctor(&["api", "--assume", "-q", "-o", "json"]).run();
    assert!(outcome.stderr.starts_with("--assume makes a token for pod "), "{outcome:?}");
    let report = Report::read(&Outcome { stderr: String::new(), ..outcome });
    report.expect("healthy", 0, &[]).statuses(&[("PID960", "passed")]);
    let outcome = scene.doctor(&["api", "--assume", "-vv"]).run();
    for text in [&outcome.stdout, &outcome.stderr] {
        assert!(!text.contains("eyJ") && !text.contains("played-secret") && !text.contains("session-token-"), "{text}");
    }
}
