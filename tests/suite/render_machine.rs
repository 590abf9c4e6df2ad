//! The machine output: its fields, its null rules, its schema, and that YAML says the same.

use std::sync::LazyLock;

use podid::error::Error;
use podid::render::json::SCHEMA;
use podid::render::{Format, Style, Verbosity, error_document, error_text};
use podid::report::Report;
use serde_json::{Value, json};

use crate::render::{PLAIN, draw, draw_list, lists};
use crate::render_examples as reports;
use crate::support::{case, schema};

fn json(report: &Report) -> Value {
    serde_json::from_str(&draw(report, Format::Json, PLAIN, Verbosity::Normal)).expect("JSON")
}

/// A document in both formats.
struct Document {
    name: String,
    json: String,
    yaml: String,
}

/// Every document we can make: of made reports, of cases, of lists. They are drawn once.
fn documents() -> &'static [Document] {
    static DOCUMENTS: LazyLock<Vec<Document>> = LazyLock::new(|| {
        let cases = case::all().iter().map(|case| (case.name(), case.report()));
        let made = reports::all().into_iter().map(|(name, report)| (name.to_owned(), report));
        let of_report = |(name, report): (String, Report)| {
            let [json, yaml] =
                [Format::Json, Format::Yaml].map(|format| draw(&report, format, PLAIN, Verbosity::Normal));
            Document { name, json, yaml }
        };
        let of_list = |(name, list): (&str, _)| {
            let [json, yaml] = [Format::Json, Format::Yaml].map(|format| draw_list(&list, format, PLAIN));
            Document { name: name.to_owned(), json, yaml }
        };
        made.chain(cases).map(of_report).chain(lists().into_iter().map(of_list)).collect()
    });
    &DOCUMENTS
}

#[test]
fn a_diagnosis_has_the_fields_of_the_contract() {
    let report = json(&reports::broken());
    let expected = json!({
        "apiVersion": "podid/v1", "kind": "Diagnosis",
        "tool": {"name": "kubectl-podid", "version": "0.1.0", "collectedBy": "0.1.0"},
        "collectedAt": "2026-11-20T14:07:11Z", "durationMs": 412,
        "target": {"kind": "Pod", "namespace": "shop", "name": "api-7c9f", "uid": "5f0c1d7e-8f4e-4d7e-9f3a-2b1c0d9e8f7a",
            "serviceAccount": "api", "node": "ip-10-0-1-7.eu-west-1.compute.internal",
            "owner": {"kind": "Deployment", "name": "api"}, "fromTemplate": false},
        "cluster": {"context": "prod", "name": "prod", "nameSource": "contextArn",
            "arn": "arn:aws:eks:eu-west-1:111122223333:cluster/prod", "region": "eu-west-1", "account": "111122223333",
            "version": "1.34", "platformVersion": "eks.9"},
        "mode": "podIdentity",
        "association": {"state": "present", "id": "a-0123456789abcdefg", "roleArn": "arn:aws:iam::111122223333:role/api",
            "targetRoleArn": null, "ownerArn": null, "createdAt": "2026-11-02T10:00:00Z", "modifiedAt": "2026-11-03T11:30:00Z"},
        "verdict": "broken", "exitCode": 1,
        "summary": "the association was made 5m after the pod, and variables are injected only when a pod is created",
        "targetGap": null, "notChecked": [], "missingPermissions": [], "sideEffects": [],
        "requests": {"kubernetes": 11, "aws": 5}
    });
    for (name, value) in expected.as_object().expect("an object") {
        assert_eq!(report[name], *value, "{name}");
    }
    let restart = json!({"does": "restart the workload", "command": "kubectl -n shop rollout restart deployment/api",
        "changes": "replaces every pod of deployment/api"});
    assert_eq!(
        report["causes"],
        json!([{"code": "PID220", "name": "association/created-before-pod", "severity": "error",
            "confidence": "confirmed", "summary": expected["summary"], "explains": ["PID340", "PID350", "PID360"],
            "interval": {"from": "podCreated", "to": "associationCreated", "seconds": 300}, "unverified": [],
            "remediation": [restart]}])
    );
    let check = report["checks"].as_array().and_then(|list| list.iter().find(|one| one["code"] == "PID220"));
    let finding = json!({"severity": "error", "message": expected["summary"], "suspected": false, "found": null,
        "expected": null, "remediation": [restart],
        "subject": {"kind": "Pod", "namespace": "shop", "name": "api-7c9f", "container": null},
        "observed": [
            {"source": "eks:DescribePodIdentityAssociation", "field": "createdAt", "value": "2026-11-20T13:05:00Z"},
            {"source": "kubernetes:pods", "field": "metadata.creationTimestamp", "value": "2026-11-20T13:00:00Z"}]});
    assert_eq!(
        check.expect("PID220"),
        &json!({"code": "PID220", "name": "association/created-before-pod", "area": "association",
            "title": "the association is older than the pod", "severity": "error", "decisive": false, "status": "failed",
            "basis": "configured", "proof": null, "excused": null, "because": null, "reason": null, "gap": null,
            "containers": null, "findings": [finding], "docs": "explain PID220"})
    );
}

#[test]
fn an_unknown_check_says_what_would_settle_it() {
    let report = json(&reports::all().into_iter().find(|(name, _)| *name == "denied").expect("a made report").1);
    let check = report["checks"].as_array().and_then(|list| list.iter().find(|one| one["code"] == "PID810"));
    let check = check.expect("PID810");
    assert_eq!(check["status"], "unknown");
    assert_eq!(check["basis"], Value::Null);
    assert_eq!(check["gap"]["source"], "iam:GetRole");
    assert_eq!(check["gap"]["reason"], "denied");
    assert_eq!(check["gap"]["permission"], "iam:GetRole");
    assert_eq!(
        report["missingPermissions"],
        json!([{"system": "aws", "permission": "iam:GetRole", "settles": ["PID810", "PID820", "PID825", "PID830"]}])
    );
}

#[test]
fn a_list_has_the_worst_verdict_and_all_items() {
    let [three, none] = lists().map_values();
    assert_eq!(
        (&three["kind"], &three["verdict"], &three["exitCode"]),
        (&json!("DiagnosisList"), &json!("broken"), &json!(1))
    );
    assert_eq!(three["items"].as_array().map(Vec::len), Some(3));
    assert_eq!(three["samples"][0]["total"], 240);
    assert_eq!((&none["verdict"], &none["exitCode"], &none["items"]), (&json!("inconclusive"), &json!(3), &json!([])));
}

trait MapValues {
    fn map_values(self) -> [Value; 2];
}

impl MapValues for Vec<(&'static str, podid::report::ReportList)> {
    fn map_values(self) -> [Value; 2] {
        let text = |index: usize| draw_list(&self[index].1, Format::Json, PLAIN);
        [0, 1].map(|index| serde_json::from_str(&text(index)).expect("JSON"))
    }
}

#[test]
fn every_check_stands_in_every_document_once() {
    let registered: Vec<String> = podid::checks::registry::all().map(|check| check.code.to_string()).collect();
    for Document { name, json: text, .. } in documents() {
        let document: Value = serde_json::from_str(text).expect("JSON");
        let Some(checks) = document["checks"].as_array() else { continue };
        let codes: Vec<&str> = checks.iter().filter_map(|check| check["code"].as_str()).collect();
        assert_eq!(codes, registered, "{name}");
    }
}

#[test]
fn every_document_follows_the_schema() {
    for Document { name, json: text, .. } in documents() {
        let violations = schema::violations(&serde_json::from_str(text).expect("JSON"));
        assert!(violations.is_empty(), "{name}:\n{}", violations.join("\n"));
    }
}

#[test]
fn the_schema_knows_when_a_document_does_not_follow() {
    for (pointer, wrong) in [("/checks", Value::Null), ("/exitCode", json!("1")), ("/target/owner/kind", Value::Null)] {
        let mut document = json(&reports::broken());
        *document.pointer_mut(pointer).expect("a place") = wrong;
        assert!(!schema::violations(&document).is_empty(), "{pointer}");
    }
    let mut document = json(&reports::broken());
    document.as_object_mut().expect("an object").remove("summary");
    assert!(!schema::violations(&document).is_empty());
    let mut document = json(&reports::broken());
    document["target"]["unheardOf"] = json!(1);
    assert!(!schema::violations(&document).is_empty());
}

#[test]
fn the_schema_says_that_new_values_must_be_expected() {
    let schema: Value = serde_json::from_str(SCHEMA).expect("a schema");
    let words = schema["description"].as_str().expect("a description");
    assert!(words.contains("must expect new") && words.contains("only ever added"), "{words}");
    assert!(!SCHEMA.contains("\"enum\""), "a closed list of values");
    assert!(!SCHEMA.contains("additionalProperties"), "a closed list of fields");
}

#[test]
fn yaml_says_the_same_as_json() {
    for Document { name, json, yaml } in documents() {
        let json: Value = serde_json::from_str(json).expect("JSON");
        let yaml: Value = serde_saphyr::from_str(yaml).unwrap_or_else(|error| panic!("{name}: {error}\n{yaml}"));
        assert_eq!(json, yaml, "{name}");
    }
}

#[test]
fn an_error_is_a_document_too() {
    let error = Error::usage("context prd does not exist").hint("kubectl config get-contexts");
    let text = error_document(&error, Format::Json).expect("a document");
    let document: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(
        document,
        json!({"apiVersion": "podid/v1", "kind": "Error", "exitCode": 2, "message": "context prd does not exist",
            "hint": "kubectl config get-contexts"})
    );
    let yaml = error_document(&error, Format::Yaml).expect("a document");
    assert_eq!(serde_saphyr::from_str::<Value>(&yaml).expect("YAML"), document);
    assert_eq!(error_document(&error, Format::Table), None);
    let style = Style { color: false, ..PLAIN };
    assert_eq!(error_text(&error, &style), "error: context prd does not exist\nnext: kubectl config get-contexts\n");
}
