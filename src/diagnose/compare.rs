//! Compares two diagnoses and the evidence that they rest on.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Options, diagnose};
use crate::evidence::Evidence;
use crate::report::comparison::{CheckDifference, Comparison, EvidenceDifference};

/// What differs between any two runs and any two pods, and says nothing.
const NOISE: &[&str] = &[
    "/apiVersion",
    "/kind",
    "/toolVersion",
    "/collectedAt",
    "/durationMs",
    "/requests",
    "/target/name",
    "/pod/metadata/name",
    "/pod/metadata/uid",
    "/pod/status/podIP",
    "/pod/status/podIPs",
    "/pod/status/hostIP",
    "/siblings",
    "/similarNames",
    "/representative",
    "/agentLog/outcomes",
    "/agentLog/node/lastFetched",
];

/// Compares what two pieces of evidence come to.
pub fn compare(left: &Evidence, right: &Evidence) -> Comparison {
    let options = Options::default();
    let (one, other) = (diagnose(left, &options), diagnose(right, &options));
    let checks = one.checks.iter().zip(&other.checks).filter_map(|(left, right)| CheckDifference::of(left, right));
    let mut evidence = Vec::new();
    // Evidence is text, numbers and lists, which JSON can always hold.
    let values = [left, right].map(|evidence| serde_json::to_value(evidence).unwrap_or_default());
    walk("", Some(&values[0]), Some(&values[1]), &mut evidence);
    Comparison { checks: checks.collect(), evidence, left: one, right: other }
}

fn walk(pointer: &str, left: Option<&Value>, right: Option<&Value>, found: &mut Vec<EvidenceDifference>) {
    if left == right || NOISE.contains(&pointer) {
        return;
    }
    match (left, right) {
        (Some(Value::Object(one)), Some(Value::Object(other))) => {
            let mut keys: Vec<&String> = one.keys().collect();
            keys.extend(other.keys().filter(|key| !one.contains_key(*key)));
            for key in keys {
                walk(&format!("{pointer}/{}", token(key)), one.get(key), other.get(key), found);
            }
        }
        (Some(Value::Array(one)), Some(Value::Array(other))) => match (by_name(one), by_name(other)) {
            (Some(one), Some(other)) => {
                let known: BTreeSet<&str> = one.iter().map(|(name, _)| *name).collect();
                let more = other.iter().filter(|(name, _)| !known.contains(name));
                for (name, _) in one.iter().chain(more) {
                    walk(&format!("{pointer}/{}", token(name)), named(&one, name), named(&other, name), found);
                }
            }
            _ => {
                for at in 0..one.len().max(other.len()) {
                    walk(&format!("{pointer}/{at}"), one.get(at), other.get(at), found);
                }
            }
        },
        _ => found.push(EvidenceDifference { pointer: pointer.to_owned(), left: left.cloned(), right: right.cloned() }),
    }
}

fn named<'v>(items: &[(&str, &'v Value)], name: &str) -> Option<&'v Value> {
    items.iter().find(|(own, _)| *own == name).map(|(_, value)| *value)
}

/// The items of a list by their names, where each has one of its own.
fn by_name(list: &[Value]) -> Option<Vec<(&str, &Value)>> {
    let named: Option<Vec<(&str, &Value)>> =
        list.iter().map(|item| Some((item.get("name")?.as_str()?, item))).collect();
    let named = named?;
    let different: BTreeSet<&str> = named.iter().map(|(name, _)| *name).collect();
    (different.len() == named.len()).then_some(named)
}

/// A part of a JSON pointer (RFC 6901).
fn token(text: &str) -> String {
    text.replace('~', "~0").replace('/', "~1")
}
