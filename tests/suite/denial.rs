//! Denied is not absent, and unknown is not passed: every source of every case, taken away in every way.

use std::collections::BTreeSet;

use podid::checks::{Check, Code, registry};
use podid::diagnose::{Options, diagnose};
use podid::evidence::{Evidence, Source};
use podid::report::{Report, Status, VerdictWord};
use serde_json::{Value, json};

use crate::support::case;

/// Every reason but those that are answers of a kind: not requested, undecidable, ambiguous.
const REASONS: &[&str] =
    &["denied", "noCredentials", "wrongAccount", "timedOut", "throttled", "unreachable", "malformed", "insufficient"];

struct Subject {
    name: String,
    value: Value,
    options: Options,
}

fn subjects() -> Vec<Subject> {
    let healthy = Subject { name: "healthy".to_owned(), value: case::healthy(), options: Options::default() };
    let cases =
        case::all().into_iter().map(|case| Subject { name: case.name(), value: case.value(), options: case.options() });
    std::iter::once(healthy).chain(cases).collect()
}

fn report(value: &Value, options: &Options) -> Report {
    let evidence = Evidence::from_value(value.clone()).expect("evidence");
    diagnose(&evidence, options)
}

fn without(value: &Value, source: Source, reason: &str) -> Value {
    let mut value = value.clone();
    value[source.key()] =
        json!({ "unavailable": { "source": source.key(), "reason": reason, "detail": "taken away" } });
    value
}

/// Runs a test on each subject, each source and each reason; it says what is wrong, if anything is.
fn sweep(test: impl Fn(&Report, &Report, Source) -> Vec<String>) {
    let mut wrong = Vec::new();
    for subject in subjects() {
        let before = report(&subject.value, &subject.options);
        for source in Source::ALL {
            if subject.value[source.key()].get("unavailable").is_some() {
                continue;
            }
            for reason in REASONS {
                let after = report(&without(&subject.value, *source, reason), &subject.options);
                let found = test(&before, &after, *source);
                wrong.extend(
                    found
                        .into_iter()
                        .map(|what| format!("{} without {} ({reason}): {what}", subject.name, source.key())),
                );
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong answers:\n{}", wrong.len(), wrong.join("\n"));
}

fn status(report: &Report, code: Code) -> Status {
    report.checks.iter().find(|check| check.check.code == code).expect("every check stands in every report").status
}

fn codes() -> Vec<Code> {
    registry::all().map(|check| check.code).collect()
}

#[test]
fn no_evaluated_check_becomes_failed() {
    sweep(|before, after, _| {
        let evaluated = |status| matches!(status, Status::Passed | Status::Unknown);
        codes()
            .into_iter()
            .filter(|code| evaluated(status(before, *code)) && status(after, *code) == Status::Failed)
            .map(|code| format!("{code} failed"))
            .collect()
    });
}

#[test]
fn no_failed_check_becomes_passed() {
    sweep(|before, after, _| {
        codes()
            .into_iter()
            .filter(|code| status(before, *code) == Status::Failed && status(after, *code) == Status::Passed)
            .map(|code| format!("{code} passed"))
            .collect()
    });
}

#[test]
fn a_verdict_becomes_healthier_only_where_the_failed_checks_are_named_as_not_checked() {
    let health = |verdict| match verdict {
        VerdictWord::Broken => 0,
        VerdictWord::Inconclusive => 1,
        VerdictWord::Degraded => 2,
        VerdictWord::Healthy => 3,
    };
    sweep(|before, after, _| {
        if health(after.verdict) <= health(before.verdict) {
            return Vec::new();
        }
        before
            .causes
            .iter()
            .filter(|cause| {
                status(after, cause.check.code) != Status::Failed && !after.not_checked.contains(&cause.check.code)
            })
            .map(|cause| format!("{} is gone from the causes without a word", cause.check.code))
            .collect()
    });
}

#[test]
fn a_healthy_verdict_never_comes_from_a_decisive_source_that_is_gone() {
    let value = case::healthy();
    for check in registry::all().filter(|check| check.decisive) {
        for source in check.reads {
            let after = report(&without(&value, *source, "denied"), &Options::default());
            let unknown = status(&after, check.code) == Status::Unknown;
            assert!(!unknown || after.verdict != VerdictWord::Healthy, "{} without {}", check.code, source.key());
        }
    }
}

#[test]
fn a_check_that_does_not_name_a_source_does_not_change_with_it() {
    sweep(|before, after, source| {
        // Without the target nothing is judged, and in another mode other areas are.
        if source == Source::Pod || before.mode != after.mode {
            return Vec::new();
        }
        registry::all()
            .filter(|check| !depends_on(check, source, &mut BTreeSet::new()))
            .filter(|check| source != Source::AgentLog && status(before, check.code) != status(after, check.code))
            .map(|check| format!("{} changed and does not name it", check.code))
            .collect()
    });
}

fn depends_on(check: &Check, source: Source, visited: &mut BTreeSet<Code>) -> bool {
    visited.insert(check.code)
        && (check.reads.contains(&source)
            || check.requires.iter().chain(check.explained_by).any(|other| depends_on(other, source, visited)))
}

#[test]
fn every_named_source_is_needed_in_some_case() {
    let subjects = subjects();
    let mut idle = Vec::new();
    for check in registry::all() {
        for source in check.reads {
            let needed = subjects.iter().any(|subject| {
                let before = report(&subject.value, &subject.options);
                let after = report(&without(&subject.value, *source, "denied"), &subject.options);
                status(&before, check.code) != Status::Unknown && status(&after, check.code) == Status::Unknown
            });
            if !needed {
                idle.push(format!("{} names {} and is never unknown without it", check.code, source.key()));
            }
        }
    }
    assert!(idle.is_empty(), "{}", idle.join("\n"));
}

#[test]
fn a_refused_permission_is_named() {
    let value = case::healthy();
    for check in registry::all() {
        for source in check.reads {
            let after = report(&without(&value, *source, "denied"), &Options::default());
            let named = after.missing_permissions.iter().any(|missing| missing.settles.contains(&check.code));
            let free = source.permission_text("shop", "kube-system").is_none();
            let target = *source == Source::Pod;
            let unknown = status(&after, check.code) == Status::Unknown;
            assert!(!unknown || named || free || target, "{} without {}", check.code, source.key());
        }
    }
}
