//! Two faults at once: neither may hide the other. Every pair of faults that can stand in one pod is diagnosed.

use std::collections::BTreeMap;

use podid::checks::Check;
use podid::diagnose::diagnose;
use podid::evidence::{Evidence, Source};
use podid::report::{Report, Status};
use serde_json::Value;

use crate::support::case::{self, Case};
use crate::trust_remedies::undoing;

/// A case with one confirmed cause, and what it changed.
struct Fault {
    case: &'static Case,
    cause: String,
    changed: BTreeMap<String, Value>,
}

fn leaves(value: &Value, pointer: &str, found: &mut BTreeMap<String, Value>) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            fields.iter().for_each(|(key, value)| leaves(value, &format!("{pointer}/{key}"), found));
        }
        Value::Array(items) if !items.is_empty() => {
            items.iter().enumerate().for_each(|(index, value)| leaves(value, &format!("{pointer}/{index}"), found));
        }
        leaf => drop(found.insert(pointer.to_owned(), leaf.clone())),
    }
}

fn flat(value: &Value) -> BTreeMap<String, Value> {
    let mut found = BTreeMap::new();
    leaves(value, "", &mut found);
    found
}

/// One fault for each check that is an error: its first case with this one confirmed cause and no choices of the user.
fn faults() -> Vec<Fault> {
    let healthy = flat(&case::healthy());
    let mut faults: Vec<Fault> = Vec::new();
    for case in case::all() {
        let [cause] = case.expect.causes.as_slice() else { continue };
        let chosen = case.options.container.is_some() || !case.options.only.is_empty() || !case.options.skip.is_empty();
        if chosen
            || case.expect.verdict != "broken"
            || !case.with.is_empty()
            || faults.iter().any(|one| one.cause == *cause)
        {
            continue;
        }
        let changed = flat(&case.value()).into_iter().filter(|(at, value)| healthy.get(at) != Some(value)).collect();
        faults.push(Fault { cause: cause.clone(), case, changed });
    }
    faults
}

/// Both together; `None` where the second undoes what the first changed.
fn together(first: &Fault, second: &Fault) -> Option<(Evidence, Report)> {
    let before = first.case.value();
    let pointers = second.case.set.keys().all(|pointer| {
        let (parent, last) = pointer.rsplit_once('/').unwrap_or_default();
        match before.pointer(parent) {
            Some(Value::Array(items)) => last == "-" || last.parse().is_ok_and(|index: usize| index < items.len()),
            parent => parent.is_some(),
        }
    });
    if !pointers || first.case.set.keys().any(|pointer| second.case.set.contains_key(pointer)) {
        return None;
    }
    let mut value = before;
    second.case.change(&mut value);
    let now = flat(&value);
    let stands = |fault: &Fault| fault.changed.iter().all(|(at, value)| now.get(at) == Some(value));
    if !stands(first) || !stands(second) {
        return None;
    }
    let evidence = Evidence::from_value(value).ok()?;
    let report = diagnose(&evidence, &first.case.options());
    Some((evidence, report))
}

/// Whether a fault changes something that a check reads: without it the check rightly does not know.
fn takes_away(fault: &Fault, check: &Check) -> bool {
    let read = |pointer: &String| check.reads.iter().any(|source| pointer.starts_with(&format!("/{}/", source.key())));
    fault.changed.keys().any(read)
}

#[test]
fn no_fault_hides_another() {
    let faults = faults();
    assert!(faults.len() >= 20, "only {} faults", faults.len());
    let mut pairs = 0;
    let mut hidden = Vec::new();
    for first in &faults {
        for second in faults.iter().filter(|second| second.cause != first.cause) {
            let Some((evidence, report)) = together(first, second) else { continue };
            // What the log of an agent pod shows is no fault of a pod that the built-in agent of its node serves.
            let logs = |fault: &Fault| fault.changed.keys().any(|pointer| pointer.starts_with("/agentLog/"));
            if evidence.log_source() != Source::AgentLog && (logs(first) || logs(second)) {
                continue;
            }
            pairs += 1;
            let pair = format!("{} with {}", first.case.name(), second.case.name());
            hidden.extend(undoing(&evidence, &report).into_iter().map(|wrong| format!("{pair}: {wrong}")));
            for fault in [first, second] {
                let check = report.checks.iter().find(|one| one.check.code.to_string() == fault.cause);
                let status = check.map_or(Status::Passed, |one| one.status);
                let other = if fault.cause == first.cause { second } else { first };
                let taken = status == Status::Unknown && check.is_some_and(|one| takes_away(other, one.check));
                if matches!(status, Status::Passed | Status::Unknown) && !taken {
                    hidden.push(format!("{pair}: {} is {}", fault.cause, status.word()));
                }
            }
            if report.verdict.word() != "broken" {
                hidden.push(format!("{pair}: {}", report.verdict.word()));
            }
        }
    }
    assert!(pairs >= 500, "only {pairs} pairs can stand together");
    assert!(hidden.is_empty(), "{} of {pairs} pairs:\n{}", hidden.len(), hidden.join("\n"));
}
