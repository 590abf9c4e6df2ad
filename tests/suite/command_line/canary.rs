//! `doctor --canary`: dry-runs of new pods, what each answer tells, and that nobody is asked without the switch.

use podid_doubles::http::Response;
use serde_json::{Value, json};

use crate::plan::all_is_planned;
use crate::support::kubernetes::{Kind, Recorded, status};
use crate::support::world::{World, causes, check};

const PODS: &str = "/api/v1/namespaces/shop/pods";
const REVIEWS: &str = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";

fn dry_runs(world: &World) -> Vec<Recorded> {
    let is_one = |request: &Recorded| request.method == "POST" && request.path == PODS;
    world.kubernetes.requests().into_iter().filter(is_one).collect()
}

/// A pod that no webhook has changed.
fn lacking() -> Response {
    let containers = json!([{ "name": "app", "env": [] }]);
    let pod = json!({ "kind": "Pod", "metadata": { "name": "podid-canary-1" }, "spec": { "containers": containers } });
    Response::json(201, &pod)
}

fn canary(world: &World) -> Value {
    check(&world.diagnosis(&["--canary"]), "PID910").clone()
}

#[test]
fn each_is_a_dry_run_and_nothing_else_is_sent() {
    let world = World::healthy();
    let run = world.doctor(&["--canary", "-v"]).ends_with(0);
    let run = run.warns(&[
        "--canary asks for 3 new pods of service account api in shop as a server-side dry-run: nothing is stored",
    ]);
    run.says(&["✓ PID910"]);
    let sent = dry_runs(&world);
    assert_eq!(sent.len(), 3);
    assert!(sent.iter().all(|one| one.query == [("dryRun".to_owned(), "All".to_owned())]), "{sent:#?}");
    let others = world.kubernetes.requests().into_iter().filter(|one| one.method != "GET" && one.path != PODS);
    assert_eq!(others.map(|one| one.path).collect::<Vec<_>>(), [REVIEWS]);
}

#[test]
fn nobody_is_asked_without_the_switch_and_each_number_is_kept() {
    let world = World::healthy();
    let diagnosis = world.diagnosis(&[]);
    assert_eq!(check(&diagnosis, "PID910")["reason"], "not asked for: --canary does");
    assert!(world.kubernetes.requests().iter().all(|request| request.method == "GET"));
    let reads = world.kubernetes.requests().len();
    world.kubernetes.forget_requests();
    let diagnosis = world.diagnosis(&["--canary=7"]);
    assert_eq!((dry_runs(&world).len(), world.kubernetes.requests().len()), (7, reads + 8));
    assert_eq!(diagnosis["requests"]["kubernetes"], reads + 8);
    world.doctor(&["--canary=0"]).ends_with(2);
    world.doctor(&["--canary", "--from", "x.yaml"]).ends_with(2);
}

#[test]
fn a_missing_right_is_said_before_anything_is_sent() {
    let world = World::healthy();
    let roles = world.run(&["permissions", "-o", "json"]).json()["rbac"].clone();
    world.kubernetes.allow_only(roles);
    let found = canary(&world);
    assert_eq!((&found["status"], &found["gap"]["reason"]), (&json!("unknown"), &json!("denied")));
    assert_eq!(found["gap"]["permission"], "create pods in shop");
    assert_eq!(dry_runs(&world).len(), 0);
    let roles = world.run(&["permissions", "--level", "canary", "-o", "json"]).json()["rbac"].clone();
    world.kubernetes.allow_only(roles);
    assert_eq!(canary(&world)["status"], "passed");
}

#[test]
fn a_webhook_that_answers_now_and_then_is_told_with_its_rate() {
    let world = World::healthy();
    world.kubernetes.answer_dry_runs(vec![None, Some(lacking()), None]);
    let diagnosis = world.diagnosis(&["--canary=3"]);
    assert_eq!((causes(&diagnosis), &diagnosis["verdict"]), (vec!["PID910"], &json!("degraded")));
    let found = check(&diagnosis, "PID910")["findings"][0]["message"].clone();
    assert_eq!(found, "1 of 3 pods that are created now get no credential variables; this pod has them");
}

#[test]
fn whoever_refuses_is_named_and_quoted() {
    let pod_security = "violates PodSecurity \"restricted:latest\": allowPrivilegeEscalation != false";
    let quota = "exceeded quota: pods, requested: pods=1, used: pods=4, limited: pods=4";
    let limits = "minimum cpu usage per Container is 100m, but request is 1m";
    let policy = "ValidatingAdmissionPolicy 'owners' with binding 'all' denied request: an owner is missing";
    let account = "error looking up service account shop/api: serviceaccount \"api\" not found";
    let webhook =
        "admission webhook \"validate.kyverno.svc-fail\" denied the request: \n\nresource Pod/shop/x was blocked";
    let failing = "Internal error occurred: failed calling webhook \"opa.example\": context deadline exceeded";
    let whole = |code, reason, words: &str| status::status(code, reason, words, None);
    for (answer, said) in [
        (status::refused_pod(pod_security), format!("PodSecurity refused it: {pod_security}")),
        (status::refused_pod(quota), format!("a quota refused it: {quota}")),
        (status::refused_pod(limits), format!("a LimitRange refused it: {limits}")),
        (status::refused_pod(policy), format!("a ValidatingAdmissionPolicy refused it: {policy}")),
        (status::refused_pod(account), format!("the API server refused it: {account}")),
        (
            whole(403, "Forbidden", webhook),
            "admission webhook \"validate.kyverno.svc-fail\" refused it: resource Pod/shop/x was blocked".to_owned(),
        ),
        (whole(500, "InternalError", failing), format!("admission webhook \"opa.example\" refused it: {failing}")),
        (
            whole(400, "BadRequest", "admission webhook \"old.example\" does not support dry run"),
            "admission webhook \"old.example\": it does not support dry-runs".to_owned(),
        ),
        (
            whole(404, "NotFound", "namespaces \"shop\" not found"),
            "the API server refused it: namespaces \"shop\" not found".to_owned(),
        ),
    ] {
        let world = World::healthy();
        world.kubernetes.answer_dry_runs(vec![Some(answer)]);
        let found = canary(&world);
        let detail = found["gap"]["detail"].as_str().unwrap_or_default();
        assert!(found["status"] == "unknown" && detail.starts_with(&said), "{said}\n{found:#}");
    }
}

#[test]
fn a_hostile_refusal_is_cut_and_made_harmless() {
    let world = World::healthy();
    let words = format!("\u{1b}[2Jblocked\r\n{}", "very ".repeat(4000));
    let answer =
        status::status(403, "Forbidden", &format!("admission webhook \"x\" denied the request: {words}"), None);
    world.kubernetes.answer_dry_runs(vec![Some(answer)]);
    let run = world.doctor(&["--canary", "-v"]);
    assert!(run.stdout.contains("blocked") && !run.stdout.contains('\u{1b}'), "{run:#?}");
    assert!(run.stdout.len() < 20_000, "{run:#?}");
}

#[test]
fn no_answer_is_no_verdict() {
    for kind in [
        Kind::Cut,
        Kind::Hang,
        Kind::Garbage,
        Kind::Stranger,
        Kind::Status(500, "InternalError"),
        Kind::Page(502, "text/html", "<html></html>"),
        Kind::Huge(1000),
    ] {
        let world = World::healthy();
        world.kubernetes.fault(PODS, kind.clone());
        let run = world.run(&["doctor", "sa/api", "--no-aws", "--canary=2", "--timeout", "2s", "-o", "json"]);
        assert_eq!(check(&run.json(), "PID910")["status"], "unknown", "{kind:?}");
    }
}

#[test]
fn a_quota_that_wants_figures_gets_them() {
    let world = World::healthy();
    let words = "failed quota: compute: must specify limits.cpu for: app; limits.memory for: app";
    world.kubernetes.answer_dry_runs(vec![Some(status::refused_pod(words)), None]);
    assert_eq!(check(&world.diagnosis(&["--canary=1"]), "PID910")["status"], "passed");
    assert_eq!(dry_runs(&world).len(), 2);
}

#[test]
fn pods_of_one_template_are_asked_for_once() {
    let world = World::healthy();
    let mut other = world.kubernetes.object("/api/v1/namespaces/shop/pods/api-7c9f");
    other["metadata"]["name"] = json!("api-2");
    world.kubernetes.put(other);
    world.run(&["doctor", "-l", "app=api", "--canary=2", "-o", "json"]).json();
    assert_eq!(dry_runs(&world).len(), 2);
    world.kubernetes.forget_requests();
    world.run(&["doctor", "api-7c9f", "sa/other", "--canary=2", "-o", "json"]).json();
    assert_eq!(dry_runs(&world).len(), 4);
}

#[test]
fn a_plan_lists_them_and_says_that_they_are_no_reads() {
    all_is_planned(&World::healthy(), &["doctor", "api-7c9f", "--canary"]);
    let world = World::healthy();
    world.doctor(&["--plan"]).ends_with(0).says(&["all of them reads"]);
    world.doctor(&["--plan", "--canary"]).ends_with(0).says(&[
        "those of the last wave no mere reads",
        "POST /api/v1/namespaces/shop/pods?dryRun=All",
        "permission: create pods in shop",
    ]);
}
