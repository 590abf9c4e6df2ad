//! Every case: its statuses, its causes in order, its verdict, its exit code, and its words.

use podid::checks::Check;
use podid::report::{Report, Status};

use crate::support::case::{self, Case};

#[test]
fn every_case_comes_out_as_it_says() {
    let cases = case::all();
    assert!(!cases.is_empty(), "there are no cases");
    let failures: Vec<String> = cases.iter().flat_map(|case| differences(case).into_iter()).collect();
    assert!(failures.is_empty(), "{} differences in {} cases:\n{}", failures.len(), cases.len(), failures.join("\n"));
}

#[test]
fn the_healthy_pod_is_healthy() {
    let evidence = podid::evidence::Evidence::from_value(case::healthy()).expect("evidence");
    let report = podid::diagnose::diagnose(&evidence, &podid::diagnose::Options::default());
    let odd: Vec<_> = report
        .checks
        .iter()
        .filter(|check| !matches!(check.status, Status::Passed | Status::NotApplicable))
        .map(|check| (check.check, check.status, &check.gap))
        .collect();
    assert!(odd.is_empty(), "{odd:?}");
    assert_eq!((report.verdict.word(), report.exit_code.0), ("healthy", 0), "{}", report.summary);
}

#[test]
fn saving_and_reading_evidence_changes_nothing() {
    for case in case::all() {
        let evidence = case.evidence();
        let text = evidence.to_yaml().expect("YAML");
        let again = podid::evidence::Evidence::from_yaml(&text)
            .unwrap_or_else(|error| panic!("{}: {error}\n{text}", case.name()));
        assert_eq!(evidence, again, "{}", case.name());
    }
}

fn differences(case: &Case) -> Vec<String> {
    let report = case.report();
    let mut found = Vec::new();
    let mut differs = |what: &str, expected: String, actual: String| {
        if expected != actual {
            found.push(format!("{} ({}): {what}: expected {expected}, found {actual}", case.name(), case.what));
        }
    };
    let expect = &case.expect;
    differs("verdict", expect.verdict.clone(), report.verdict.word().to_owned());
    differs("exit code", expect.exit_code.to_string(), report.exit_code.0.to_string());
    differs("causes", expect.causes.join(" "), causes(&report));
    for (code, status) in &expect.statuses {
        let actual = report.checks.iter().find(|check| check.check.code.to_string() == *code);
        let actual = actual.map_or("no such check", |check| check.status.word());
        differs(code, status.clone(), actual.to_owned());
    }
    let words = words(&report);
    for phrase in &expect.says {
        differs(
            &format!("says {phrase:?}"),
            "yes".to_owned(),
            if words.contains(phrase) { "yes" } else { "no" }.to_owned(),
        );
    }
    for phrase in &expect.never_says {
        differs(
            &format!("says {phrase:?}"),
            "no".to_owned(),
            if words.contains(phrase) { "yes" } else { "no" }.to_owned(),
        );
    }
    found
}

fn causes(report: &Report) -> String {
    let codes: Vec<String> = report
        .causes
        .iter()
        .map(|cause| format!("{}{}", cause.check.code, if cause.suspected { "?" } else { "" }))
        .collect();
    codes.join(" ")
}

/// Everything the report says in words.
fn words(report: &Report) -> String {
    let mut words = vec![report.summary.clone()];
    for check in &report.checks {
        words.extend(check.reason.clone());
        words.extend(check.gap.iter().map(|gap| gap.detail.clone()));
        for finding in &check.findings {
            words.push(finding.message.clone());
            words.extend(finding.found.clone());
            words.extend(finding.expected.clone());
            words.extend(finding.observed.iter().map(|one| format!("{} {}", one.field, one.value)));
            for remedy in &finding.remediation {
                words.push(remedy.does.clone());
                words.extend(remedy.command.clone());
                words.push(remedy.changes.clone());
            }
        }
    }
    words.join("\n")
}

#[test]
fn every_check_has_a_failing_a_passing_and_a_false_alarm_case() {
    let cases = case::all();
    let missing: Vec<String> = podid::checks::registry::all()
        .flat_map(|check| {
            let folder = folder_of(check);
            let own: Vec<&Case> = cases.iter().filter(|case| case.name().starts_with(&folder)).collect();
            let failing = own.iter().any(|case| status(case, check) == Status::Failed || is_of_another_cluster(case));
            let passing = own.iter().any(|case| status(case, check) != Status::Failed);
            [(failing, "fails"), (passing, "does not fail although it might")]
                .into_iter()
                .filter(|(there, _)| !there)
                .map(move |(_, what)| format!("{folder}: no case in which {} {what}", check.code))
        })
        .collect();
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

/// Whether the run was about another cluster: then the check that finds it out is the headline, and every check is open.
fn is_of_another_cluster(case: &Case) -> bool {
    let reason = case.report().target_gap.map(|gap| gap.reason);
    reason == Some(podid::evidence::GapReason::OtherCluster)
}

fn folder_of(check: &Check) -> String {
    format!("{}/", check.name.replace('-', "_"))
}

fn status(case: &Case, check: &Check) -> Status {
    let report = case.report();
    report.checks.iter().find(|one| one.check == check).map_or(Status::NotApplicable, |one| one.status)
}
