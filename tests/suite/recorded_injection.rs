//! What the checks say about the pods that the real webhook let through, case by case of `tests/recorded`.

use std::path::Path;

use podid::diagnose::{Options, diagnose};
use podid::evidence::Evidence;
use serde_json::{Value, json};

use crate::support::case;

/// The checks that look at what the webhook did.
const CHECKS: &[&str] = &["PID320", "PID330", "PID340", "PID350", "PID360", "PID410", "PID420"];

/// What is not passed, for each recording of which something is not.
const NOT_PASSED: &[(&str, &[(&str, &str)])] = &[
    ("no association", &[("PID340", "failed"), ("PID360", "skipped"), ("PID420", "notApplicable")]),
    ("skip label", &[("PID320", "failed"), ("PID340", "failed"), ("PID360", "skipped")]),
    ("skip label set to false", &[("PID320", "failed"), ("PID340", "failed"), ("PID360", "skipped")]),
    ("skip label empty", &[("PID320", "failed"), ("PID340", "failed"), ("PID360", "skipped")]),
    ("skip-containers one", &[("PID330", "failed")]),
    ("skip-containers two", &[("PID330", "failed"), ("PID340", "failed"), ("PID360", "skipped")]),
    ("skip-containers quoted", &[("PID330", "failed"), ("PID340", "failed"), ("PID360", "skipped")]),
    ("skip-containers with blanks", &[("PID330", "failed")]),
    ("skip-containers unparsable", &[("PID330", "failed")]),
    ("skip-containers unknown name", &[("PID330", "failed")]),
    ("skip-containers empty", &[("PID330", "failed")]),
    ("FULL_URI preset", &[("PID340", "failed"), ("PID350", "failed"), ("PID360", "skipped")]),
    ("TOKEN_FILE preset", &[("PID340", "failed"), ("PID350", "failed"), ("PID360", "skipped")]),
    ("both preset", &[("PID340", "failed"), ("PID350", "failed"), ("PID360", "skipped")]),
    ("static keys", &[("PID410", "failed")]),
    ("web identity variables left in the template", &[("PID420", "failed")]),
    ("volume of that name exists", &[("PID360", "failed")]),
    ("mount of that name exists elsewhere", &[("PID360", "failed")]),
    ("service account with token-expiration 900", &[("PID360", "failed")]),
    ("pod annotation token-expiration 1200", &[("PID360", "failed")]),
    ("pod annotation token-expiration below the minimum", &[("PID360", "failed")]),
    ("envFrom a secret", &[("PID410", "unknown"), ("PID420", "unknown")]),
];

fn recorded() -> Value {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recorded/webhook-2026-08-11.json");
    serde_json::from_str(&std::fs::read_to_string(file).expect("the recordings are there")).expect("JSON")
}

/// The healthy evidence with an admitted pod in the place of its own.
fn evidence(sent: &Value, admitted: &Value, identities: &Value) -> Evidence {
    let mut value = case::healthy();
    let account = sent.pointer("/spec/serviceAccountName").cloned().unwrap_or_else(|| json!("default"));
    for part in ["labels", "annotations"] {
        value["pod"]["metadata"][part] = admitted[part].clone();
    }
    for part in ["volumes", "initContainers", "containers"] {
        value["pod"]["spec"][part] = admitted[part].clone();
    }
    for part in ["nodeSelector", "os", "hostNetwork"] {
        if let Some(field) = sent["spec"].get(part) {
            value["pod"]["spec"][part] = field.clone();
        }
    }
    value["pod"]["spec"]["serviceAccountName"] = account.clone();
    value["associations"]["associations"] = identities.clone();
    if !identities.as_array().is_some_and(|list| list.iter().any(|one| one["serviceAccount"] == account)) {
        value["association"] = json!("absent");
    }
    Evidence::from_value(value).expect("evidence")
}

#[test]
fn every_recorded_pod_is_judged_as_the_webhook_left_it() {
    let recorded = recorded();
    let mut differences = Vec::new();
    let mut judged = 0;
    for case in recorded["cases"].as_array().expect("cases") {
        let name = case["name"].as_str().expect("a name");
        // Without a pod there is nothing to judge, and in IRSA mode injection is not.
        let Some(admitted) = case.get("admitted").filter(|_| name != "irsa only") else { continue };
        let evidence = evidence(&case["sent"], admitted, &recorded["identities"]);
        let report = diagnose(&evidence, &Options::default());
        let expected =
            NOT_PASSED.iter().find(|(of, _)| *of == name).map(|(_, not_passed)| *not_passed).unwrap_or_default();
        judged += 1;
        for code in CHECKS {
            let wanted = expected.iter().find(|(of, _)| of == code).map_or("passed", |(_, status)| status);
            let check = report.checks.iter().find(|one| one.check.code.to_string() == *code).expect("every check");
            if check.status.word() != wanted {
                differences.push(format!("{name}: {code}: expected {wanted}, found {}", check.status.word()));
            }
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    assert_eq!(judged, 36, "all recorded pods but one that was refused and one that is on IRSA");
}
