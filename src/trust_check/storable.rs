//! What IAM refuses to store as a trust policy, whatever it would mean.
//!
//! It is separate from the judgement: a policy that cannot be stored lets nobody in. Source: IAM's answers to
//! `CreateRole` and `UpdateAssumeRolePolicy` (`MalformedPolicyDocument`, `LimitExceeded`), and the IAM user guide, "IAM JSON
//! policy elements" and "IAM and AWS STS quotas".

use serde_json::{Map, Value};

/// The most characters that a trust policy may have, white space left out, where the quota has been raised.
const LONGEST: usize = 4_096;

/// One thing that IAM refuses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Where it stands: `Statement[0].Resource`; empty for the whole.
    pub place: String,
    /// What IAM refuses, in words.
    pub says: String,
}

/// Finds what IAM refuses in a policy.
pub fn faults(policy: &Value) -> Vec<Fault> {
    let mut found = Vec::new();
    let mut sids: Vec<&str> = Vec::new();
    for (place, statement) in statements(policy) {
        found.extend(elements(&place, statement));
        found.extend(actions(&place, statement));
        let Some(sid) = statement.get("Sid").and_then(Value::as_str) else { continue };
        let place = format!("{place}.Sid");
        if !sid.chars().all(|character| character.is_ascii_alphanumeric()) {
            found.push(Fault { place, says: "a Sid has letters and digits alone".to_owned() });
        } else if !sid.is_empty() && sids.contains(&sid) {
            found.push(Fault { place, says: "two statements have the same Sid".to_owned() });
        }
        sids.push(sid);
    }
    found.extend(characters(policy));
    found
}

fn statements(policy: &Value) -> Vec<(String, &Map<String, Value>)> {
    match policy.get("Statement") {
        Some(Value::Array(all)) => {
            let numbered = all.iter().enumerate();
            numbered.filter_map(|(index, one)| Some((format!("Statement[{index}]"), one.as_object()?))).collect()
        }
        Some(Value::Object(one)) => vec![("Statement".to_owned(), one)],
        _ => Vec::new(),
    }
}

/// The role itself is the resource of a trust policy.
fn elements(place: &str, statement: &Map<String, Value>) -> Vec<Fault> {
    let refused = ["Resource", "NotResource"].into_iter().filter(|name| statement.contains_key(*name));
    refused
        .map(|name| Fault { place: format!("{place}.{name}"), says: format!("a trust policy has no {name}") })
        .collect()
}

/// Only STS is asked to assume a role. What IAM makes of `*` alone is not documented, so it is left to the judgement.
fn actions(place: &str, statement: &Map<String, Value>) -> Vec<Fault> {
    let mut found = Vec::new();
    for name in ["Action", "NotAction"] {
        let list: Vec<(String, &Value)> = match statement.get(name) {
            Some(Value::Array(all)) => {
                all.iter().enumerate().map(|(index, one)| (format!("{place}.{name}[{index}]"), one)).collect()
            }
            Some(one) => vec![(format!("{place}.{name}"), one)],
            None => Vec::new(),
        };
        for (place, action) in list {
            let vendor = action.as_str().and_then(|action| action.split_once(':')).map(|(vendor, _)| vendor);
            if vendor.is_some_and(|vendor| !vendor.eq_ignore_ascii_case("sts")) {
                found.push(Fault { place, says: "a trust policy has actions of STS alone (sts:…)".to_owned() });
            }
        }
    }
    found
}

fn characters(policy: &Value) -> Vec<Fault> {
    let text = policy.to_string();
    let length = text.chars().filter(|character| !character.is_whitespace()).count();
    let is_stored = |character: char| matches!(character, '\t' | '\n' | '\r' | ' '..='\u{ff}');
    let whole = |says: String| Fault { place: String::new(), says };
    let foreign = text.chars().find(|character| !is_stored(*character));
    let foreign = foreign.map(|one| whole(format!("it has the character U+{:04X}", u32::from(one))));
    let long = (length > LONGEST).then(|| whole(format!("it has {length} characters, and {LONGEST} are the most")));
    foreign.into_iter().chain(long).collect()
}
