//! Conditions of a policy: which of their values are names, and of what.

use serde_json::{Map, Value};

use super::gather::add;
use super::table::{Kind, Table};

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
        () => "value",
    })
}

/// Whether a field of a policy holds words alone: actions, effects, versions.
pub fn holds_words(field: &str) -> bool {
    matches!(field, "Action" | "NotAction" | "Effect" | "Version")
}

/// Changes the values of conditions, each with what it names.
pub fn change_conditions(keys: &Map<String, Value>, change: &impl Fn(&str, Option<Kind>) -> String) -> Value {
    let changed = keys.iter().map(|(key, values)| {
        let kind = kind_of(key);
        let value = if kind.is_none() { values.clone() } else { deep(values, kind, change) };
        // The keys of an identity provider begin with its host, in which EKS names the cluster.
        let of_provider = !key.to_ascii_lowercase().starts_with("aws:") && !key.starts_with("sts:");
        (if of_provider || tag_of(key).is_some() { change(key, None) } else { key.clone() }, value)
    });
    Value::Object(changed.collect())
}

fn deep(value: &Value, kind: Option<Kind>, change: &impl Fn(&str, Option<Kind>) -> String) -> Value {
    match value {
        Value::String(text) => Value::String(change(text, kind)),
        Value::Array(list) => Value::Array(list.iter().map(|one| deep(one, kind, change)).collect()),
        other => other.clone(),
    }
}
