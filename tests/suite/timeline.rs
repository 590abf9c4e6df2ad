//! The timeline: every time that is known, in order, and the span that decides.

use podid::diagnose::{Options, diagnose};
use podid::evidence::{Evidence, Source};
use podid::report::Report;
use serde_json::{Value, json};

use crate::support::case::{self, merge};

fn report(patch: &Value) -> Report {
    let mut value = case::healthy();
    merge(&mut value, patch);
    diagnose(&Evidence::from_value(value).expect("evidence"), &Options::default())
}

/// Each moment as `time word object`.
fn lines(report: &Report) -> Vec<String> {
    let line =
        |moment: &podid::report::Moment| format!("{} {} {}", moment.time, moment.milestone.word(), moment.object);
    report.timeline.iter().map(line).collect()
}

/// The pod without its variables, and an association of this time.
fn lacking(created_at: &str) -> Value {
    json!({
        "pod": { "spec": { "containers": [{ "name": "app", "image": "registry.example/api:1.4.2" }], "volumes": [] } },
        "association": { "createdAt": created_at, "modifiedAt": created_at },
    })
}

/// The span of the first cause: from, to, seconds.
fn interval(report: &Report) -> Option<(&'static str, &'static str, i64)> {
    let interval = report.causes.first()?.interval.as_ref()?;
    Some((interval.from.milestone.word(), interval.to.milestone.word(), interval.length().as_secs()))
}

#[test]
fn everything_that_has_a_time_stands_in_its_place() {
    let fetched = |time: &str| json!({ "time": time, "event": "fetched", "port": 41_234 });
    let report = report(&json!({
        "pod": { "status": { "conditions": [
            { "type": "PodScheduled", "status": "True", "lastTransitionTime": "2026-11-20T13:00:01Z" },
            { "type": "Ready", "status": "True", "lastTransitionTime": "2026-11-20T13:00:09Z" },
        ] } },
        "association": { "modifiedAt": "2026-11-05T10:00:00Z" },
        "agentLog": { "coversLife": true, "outcomes": [
            fetched("2026-11-20T13:00:06Z"), fetched("2026-11-20T13:30:00Z"), fetched("2026-11-20T14:00:00Z"),
            { "time": "2026-11-20T13:45:00Z", "event": "failed", "port": 41_234, "error": "no" },
        ] },
    }));
    let agent = "eks-pod-identity-agent-4k2mz";
    assert_eq!(
        lines(&report),
        [
            "2026-01-10T08:00:00Z webhookCreated pod-identity-webhook".to_owned(),
            "2026-11-01T09:00:00Z serviceAccountCreated api".to_owned(),
            "2026-11-02T09:50:00Z roleCreated api".to_owned(),
            "2026-11-02T10:00:00Z associationCreated a-0123456789abcdefg".to_owned(),
            "2026-11-05T10:00:00Z associationChanged a-0123456789abcdefg".to_owned(),
            format!("2026-11-18T06:00:30Z agentStarted {agent}"),
            "2026-11-18T06:00:40Z nodeReady ip-10-0-1-7.eu-west-1.compute.internal".to_owned(),
            format!("2026-11-18T06:00:41Z agentReady {agent}"),
            "2026-11-20T13:00:00Z podCreated api-7c9f".to_owned(),
            "2026-11-20T13:00:01Z podScheduled api-7c9f".to_owned(),
            "2026-11-20T13:00:05Z containerStarted app".to_owned(),
            "2026-11-20T13:00:06Z firstFetched api-7c9f".to_owned(),
            "2026-11-20T13:45:00Z lastRefused api-7c9f".to_owned(),
            "2026-11-20T14:00:00Z lastFetched api-7c9f".to_owned(),
        ]
    );
    let created = report.timeline.iter().find(|moment| moment.milestone.word() == "associationCreated").expect("it");
    assert_eq!((created.source, created.field), (Source::Association, "createdAt"));
}

#[test]
fn what_is_not_known_or_not_the_pods_own_is_left_out() {
    let gap = |source: &str| json!({ "unavailable": { "source": source, "reason": "denied", "detail": "" } });
    let report = report(&json!({
        "association": gap("association"), "role": gap("role"), "webhooks": gap("webhooks"), "node": gap("node"),
        "agentPods": gap("agentPods"), "serviceAccount": gap("serviceAccount"),
        // On the network of its node the log cannot tell whose credentials were fetched.
        "pod": { "spec": { "hostNetwork": true } },
        "agentLog": { "outcomes": [{ "time": "2026-11-20T14:00:00Z", "event": "fetched" }] },
    }));
    assert_eq!(
        lines(&report),
        ["2026-11-20T13:00:00Z podCreated api-7c9f", "2026-11-20T13:00:05Z containerStarted app"]
    );
}

#[test]
fn a_service_account_has_no_moments_of_a_pod() {
    let report = report(&json!({ "target": { "kind": "ServiceAccount", "name": "api" }, "pod": "absent" }));
    let words: Vec<&str> = report.timeline.iter().map(|moment| moment.milestone.word()).collect();
    assert!(!words.contains(&"podCreated") && words.contains(&"associationCreated"), "{words:?}");
}

#[test]
fn an_association_that_came_after_the_pod_is_told_in_seconds() {
    let report = report(&lacking("2026-11-20T13:05:12Z"));
    assert_eq!(report.causes[0].check.code.0, 220);
    assert_eq!(interval(&report), Some(("podCreated", "associationCreated", 312)));
}

#[test]
fn an_association_that_had_not_propagated_is_told_the_other_way_round() {
    let report = report(&lacking("2026-11-20T12:59:30Z"));
    assert_eq!(report.causes[0].check.code.0, 220);
    assert_eq!(interval(&report), Some(("associationCreated", "podCreated", 30)));
}

#[test]
fn what_clocks_could_account_for_decides_nothing() {
    assert_eq!(interval(&report(&lacking("2026-11-20T13:00:04Z"))), None);
    assert_eq!(interval(&report(&lacking("2026-11-20T13:00:05Z"))), Some(("podCreated", "associationCreated", 5)));
    let changed = report(&json!({ "association": { "modifiedAt": "2026-11-02T10:00:04Z" } }));
    assert!(changed.timeline.iter().all(|moment| moment.milestone.word() != "associationChanged"));
}

#[test]
fn an_association_that_was_changed_under_the_pod() {
    let report = report(&json!({
        "association": { "modifiedAt": "2026-11-20T13:30:00Z" },
        "agentLog": { "outcomes": [] },
    }));
    assert_eq!(report.causes[0].check.code.0, 230);
    assert_eq!(interval(&report), Some(("podCreated", "associationChanged", 1_800)));
}

#[test]
fn a_service_account_that_was_made_again() {
    let report = report(&json!({
        "serviceAccount": { "metadata": { "creationTimestamp": "2026-11-20T13:10:00Z" } },
        "agentLog": { "coversLife": true, "outcomes": [
            { "time": "2026-11-20T13:20:00Z", "event": "requested", "port": 1 },
            { "time": "2026-11-20T13:20:00Z", "event": "failed", "port": 1,
              "error": "InvalidTokenException: service account UID does not match claim" },
        ] },
    }));
    assert_eq!(report.causes[0].check.code.0, 260);
    assert_eq!(interval(&report), Some(("podCreated", "serviceAccountCreated", 600)));
}

#[test]
fn a_cause_that_no_time_decides_has_no_span() {
    let report = report(&json!({ "webhooks": [], "pod": lacking("2026-11-02T10:00:00Z")["pod"] }));
    assert_eq!((report.causes[0].check.code.0, interval(&report)), (310, None));
}
