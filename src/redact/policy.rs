//! Conditions of a policy: which of their values are names, and of what.

use serde_json::{Map, Value};

use super::gather::add;
use super::table::{Kind, Reach, Table};

/// Notes the names in what one operator compares with: keys and their values.
pub fn gather_conditions(names: &mut Table, keys: &Value) {
    let Value::Object(keys) = keys else { return };
    for (key, values) in keys {
        if let Some(tag) = tag_of(key) {
            add(names, "tag", tag);
        }
        if let Some(kind) = kind_of(key) {
            each(values, &mut |text| {
                // The names in an ARN are noted where they are met, each as what it is.
                if !text.starts_with("arn:") && !text.starts_with("system:") {
                    add(names, kind, text);
                }
            });
        }
    }
}

/// The tag that a condition key asks for, unless it is one that EKS sets.
pub fn tag_of(key: &str) -> Option<&str> {
    let (before, tag) = key.split_once('/')?;
    let is_tagged = before.to_ascii_lowercase().ends_with("tag");
    let own = tag.to_ascii_lowercase();
    let is_own = own.starts_with("kubernetes-") || own.starts_with("eks-");
    (is_tagged && !is_own).then_some(tag)
}

/// Calls for each text of a value.
fn each<'v>(value: &'v Value, of: &mut impl FnMut(&'v str)) {
    match value {
        Value::String(text) => of(text),
        Value::Array(list) => list.iter().for_each(|one| each(one, of)),
        _ => {}
    }
}

/// A value of which is not known what it names.
const ANY: Kind = "value";

/// What the values of a condition key name; `None` where they are words, not names.
pub fn kind_of(key: &str) -> Option<Kind> {
    let key = key.to_ascii_lowercase();
    let words = ["aws:tagkeys", "sts:transitivetagkeys", "aws:requestedregion", "aws:securetransport"];
    if words.contains(&key.as_str()) {
        return None;
    }
    let ends = |end: &str| key.ends_with(end);
    Some(match () {
        () if ends("kubernetes-namespace") => "namespace",
        () if ends("kubernetes-service-account") => "service-account",
        () if ends("kubernetes-pod-name") => "pod",
        () if ends("eks-cluster-name") || ends("eks-cluster-arn") || ends("sourcearn") => "cluster",
        () if ends("principalarn") => "role",
        () if ends(":aud") => "audience",
        () => ANY,
    })
}

/// Whether a field of a policy holds words alone: actions, effects, versions.
pub fn holds_words(field: &str) -> bool {
    matches!(field, "Action" | "NotAction" | "Effect" | "Version")
}

/// Replaces in a text that may name something of a kind, as far as names are looked for in it.
type Change<'c> = &'c dyn Fn(&str, Option<Kind>, Reach) -> String;

/// Changes the values of conditions, each with what it names.
pub fn change_conditions(keys: &Map<String, Value>, change: Change<'_>) -> Value {
    let changed = keys.iter().map(|(key, values)| {
        let kind = kind_of(key);
        let value = if kind.is_none() { values.clone() } else { deep(values, kind, change) };
        (change_key(key, &|text, reach| change(text, None, reach)), value)
    });
    Value::Object(changed.collect())
}

/// Changes a condition key: the tag in it, or the host of an identity provider, in which EKS names the cluster.
pub fn change_key(key: &str, change: &dyn Fn(&str, Reach) -> String) -> String {
    let of_provider = !key.to_ascii_lowercase().starts_with("aws:") && !key.starts_with("sts:");
    match (tag_of(key), key.split_once('/')) {
        (Some(tag), Some((before, _))) => format!("{before}/{}", change(tag, Reach::Whole)),
        _ if of_provider => change(key, Reach::Anywhere),
        _ => key.to_owned(),
    }
}

fn deep(value: &Value, kind: Option<Kind>, change: Change<'_>) -> Value {
    match value {
        Value::String(text) => {
            let reach = if kind == Some(ANY) { Reach::Whole } else { Reach::Anywhere };
            Value::String(change(text, kind, reach))
        }
        Value::Array(list) => Value::Array(list.iter().map(|one| deep(one, kind, change)).collect()),
        other => other.clone(),
    }
}
