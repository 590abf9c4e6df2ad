//! What a run says of one target: what it misses, and how each check stands.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// One diagnosis.
#[derive(Debug)]
pub struct Seen {
    missing: BTreeSet<String>,
    /// Status and permission of each check by its code.
    checks: BTreeMap<String, (String, Option<String>)>,
    gaps: Vec<String>,
}

impl Seen {
    /// Reads a diagnosis, or each of a list.
    pub fn read(document: &Value) -> Vec<Self> {
        match document["items"].as_array() {
            Some(items) => items.iter().map(Self::one).collect(),
            None => vec![Self::one(document)],
        }
    }

    fn one(document: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let list = |name: &str| document[name].as_array().cloned().unwrap_or_default();
        let missing = list("missingPermissions").iter().map(|one| text(&one["permission"])).collect();
        let checks = list("checks");
        // What nobody could know, or what nobody would ask for, no permission gives; nor one a target that is not there.
        let is_there = document["targetGap"].is_null();
        let hopeless = |check: &&Value| matches!(check["gap"]["reason"].as_str(), Some("undecidable" | "notRequested"));
        let unknown = checks.iter().filter(|check| is_there && check["status"] == "unknown" && !hopeless(check));
        let gaps = unknown.map(|check| format!("{} {}", check["code"], check["gap"])).collect();
        let state = |check: &Value| (text(&check["status"]), check["gap"]["permission"].as_str().map(str::to_owned));
        let checks = checks.iter().map(|check| (text(&check["code"]), state(check))).collect();
        Self { missing, checks, gaps }
    }

    /// What was not known, and what was missing.
    pub fn gaps(&self) -> Vec<String> {
        self.gaps.iter().cloned().chain(self.missing.iter().map(|one| format!("misses {one}"))).collect()
    }
}

/// What is otherwise than it should be, without a permission that is asked for in these words.
pub fn differences(before: &[Seen], after: &[Seen], words: &BTreeSet<String>) -> Vec<String> {
    let mut wrong = Vec::new();
    let missing: BTreeSet<&String> = after.iter().flat_map(|one| &one.missing).collect();
    if missing.is_empty() {
        wrong.push("nothing is missed".to_owned());
    }
    if !missing.iter().all(|one| words.contains(*one)) {
        wrong.push(format!("{missing:?} is missed, expected of {words:?}"));
    }
    // Where nothing can be read of the pods of a workload, one item stands for them.
    for (before, after) in before.iter().zip(after) {
        for (code, (status, permission)) in &after.checks {
            let (old, _) = &before.checks[code];
            let is_named = permission.as_ref().is_some_and(|one| words.contains(one));
            if status != old && !(status == "unknown" && is_named) {
                wrong.push(format!("{code} was {old} and is {status}, with {permission:?}"));
            }
        }
    }
    wrong
}
