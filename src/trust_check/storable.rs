//! What IAM refuses to store as a trust policy, whatever it would mean.
//!
//! It is separate from the judgement: a policy that cannot be stored lets nobody in. Source: IAM's answers to
//! `CreateRole` and `UpdateAssumeRolePolicy` (`MalformedPolicyDocument`, `LimitExceeded`), and the IAM user guide, "IAM JSON
//! policy elements" and "IAM and AWS STS quotas".

use crate::reasoning::iam::{Document, Statement};

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

/// Finds what IAM refuses in a policy, and in the text that it would be sent as.
pub fn faults(document: &Document, text: &str) -> Vec<Fault> {
    let mut found = Vec::new();
    let mut sids: Vec<&str> = Vec::new();
    for statement in document.statements() {
        found.extend(resources(document, statement));
        found.extend(actions(statement));
        let Some(sid) = statement.sid.as_deref() else { continue };
        let refused = |says: &str| fault(statement.place.member("Sid").as_str(), says);
        if !sid.chars().all(|character| character.is_ascii_alphanumeric()) {
            found.push(refused("a Sid has letters and digits alone"));
        } else if !sid.is_empty() && sids.contains(&sid) {
            found.push(refused("two statements have the same Sid"));
        }
        sids.push(sid);
    }
    found.extend(characters(text));
    found
}

fn fault(place: &str, says: impl Into<String>) -> Fault {
    Fault { place: place.to_owned(), says: says.into() }
}

/// The role itself is the resource of a trust policy.
fn resources(document: &Document, statement: &Statement) -> Vec<Fault> {
    let elements = document.elements(statement);
    let is_there = |name: &&str| elements.is_some_and(|elements| elements.contains_key(*name));
    let refused = |name: &str| fault(statement.place.member(name).as_str(), format!("a trust policy has no {name}"));
    ["Resource", "NotResource"].into_iter().filter(is_there).map(refused).collect()
}

/// Only STS is asked to assume a role. What IAM makes of `*` alone is not documented, so it is left to the judgement.
fn actions(statement: &Statement) -> Vec<Fault> {
    let Some(actions) = &statement.actions else { return Vec::new() };
    let is_of_sts = |action: &str| action.split_once(':').is_none_or(|(vendor, _)| vendor.eq_ignore_ascii_case("sts"));
    let several = actions.patterns.len() > 1;
    let refused = actions.patterns.iter().enumerate().filter(|(_, action)| !is_of_sts(action)).map(|(index, _)| {
        let place = if several { actions.place.item(index) } else { actions.place.clone() };
        fault(place.as_str(), "a trust policy has actions of STS alone (sts:…)")
    });
    refused.collect()
}

/// What is written as an escape is sent as one, so only the text itself counts.
fn characters(text: &str) -> Vec<Fault> {
    let length = text.chars().filter(|character| !character.is_whitespace()).count();
    let is_stored = |character: char| matches!(character, '\t' | '\n' | '\r' | ' '..='\u{ff}');
    let foreign = text.chars().find(|character| !is_stored(*character));
    let foreign = foreign.map(|one| fault("", format!("it has the character U+{:04X}", u32::from(one))));
    let long = (length > LONGEST).then(|| fault("", format!("it has {length} characters, and {LONGEST} are the most")));
    foreign.into_iter().chain(long).collect()
}
