//! The smallest change of a trust policy that lets one caller in, and nobody else: tried by the evaluator before it is told.
//!
//! It is separate from single edits because a page may name several faults of one policy, and IAM replaces a policy as one
//! piece: whichever fault is asked about, the policy that comes out is the same, and it fixes them all.

use serde_json::{Map, Value};

use super::document::Document;
use super::evaluate::{Decision, Denial, Outcome, StatementVerdict, evaluate};
use super::questions::{Naming, named, would_allow};
use super::request::Request;

/// The document in which all these requests of one principal are no longer denied; `None` where no edit does that without
/// loss: a Deny that matches, a key that stands twice, nothing that tells the caller from others.
///
/// `own` is an Allow statement for exactly this caller, where something binds one. In this order it tries an action that joins a statement whose conditions
/// hold, a copy of the nearest statement that is bound to the caller in the place of the conditions that fail, and `own`.
pub fn fixed(document: &Document, requests: &[Request], own: Option<&Value>) -> Option<Document> {
    let denied_for_sure = |one: &Request| evaluate(document, one).decision == Decision::Denied(Denial::Explicit);
    if requests.is_empty() || requests.iter().any(denied_for_sure) {
        return None;
    }
    let bound = own.and_then(|own| bound_to_caller(document, requests, own));
    let own_statement = || own.and_then(|own| document.with_statement(own.clone()));
    let candidates = [with_missing_actions(document, requests), bound];
    candidates.into_iter().flatten().find(|one| lets_in(one, requests)).or_else(|| {
        // What a statement asks for that names the principal is not passed over: it may be a guard.
        let is_named = requests.iter().any(|one| is_named(document, one));
        own_statement().filter(|one| !is_named && lets_in(one, requests))
    })
}

/// Whether no request is surely denied.
pub fn lets_in(document: &Document, requests: &[Request]) -> bool {
    requests.iter().all(|one| !matches!(evaluate(document, one).decision, Decision::Denied(_)))
}

fn is_named(document: &Document, request: &Request) -> bool {
    !matches!(named(document, &request.principal, &request.action), Naming::NotNamed)
}

/// Adds the actions that no statement names to one that names another of them.
fn with_missing_actions(document: &Document, requests: &[Request]) -> Option<Document> {
    let first = requests.iter().find(|one| is_named(document, one))?;
    let actions: Vec<&str> = requests.iter().map(|one| one.action.as_str()).collect();
    document.allowing(&first.principal, &actions)
}

/// Copies the statement that fails by the fewest conditions, without these, and bound to the caller.
fn bound_to_caller(document: &Document, requests: &[Request], own: &Value) -> Option<Document> {
    let nearest = requests.iter().flat_map(|one| would_allow(document, one));
    let nearest =
        nearest.filter(|one| one.outcome != Outcome::Matches).min_by_key(|one| one.outcome.clauses().len())?;
    let mut statement = own.as_object()?.clone();
    let conditions = conditions(document, &nearest, own)?;
    statement.remove("Condition");
    if !conditions.is_empty() {
        statement.insert("Condition".to_owned(), Value::Object(conditions));
    }
    document.with_statement(Value::Object(statement))
}

/// The conditions of a statement that hold, and those of `own`, which go before others on the same key.
fn conditions(document: &Document, nearest: &StatementVerdict, own: &Value) -> Option<Map<String, Value>> {
    let kept = document.statement_value(nearest.index)?.get("Condition").and_then(Value::as_object).cloned();
    let mut kept = kept.unwrap_or_default();
    let failing = |operator: &str, key: &str| {
        let clauses = nearest.outcome.clauses().iter().filter_map(|clause| clause.condition());
        clauses.into_iter().any(|one| one == (operator, key))
    };
    let bound = own.get("Condition").and_then(Value::as_object).map(pairs).unwrap_or_default();
    let is_bound = |key: &str| bound.iter().any(|(_, own, _)| own.eq_ignore_ascii_case(key));
    for (operator, keys) in &mut kept {
        if let Some(keys) = keys.as_object_mut() {
            keys.retain(|key, _| !(failing(operator, key) || operator == "StringEquals" && is_bound(key)));
        }
    }
    kept.retain(|_, keys| keys.as_object().is_none_or(|keys| !keys.is_empty()));
    for (operator, key, value) in bound {
        let keys = kept.entry(operator).or_insert_with(|| Value::Object(Map::new())).as_object_mut()?;
        keys.insert(key, value);
    }
    Some(kept)
}

fn pairs(block: &Map<String, Value>) -> Vec<(String, String, Value)> {
    let of = |(operator, keys): (&String, &Value)| {
        let keys = keys.as_object().cloned().unwrap_or_default();
        keys.into_iter().map(|(key, value)| (operator.clone(), key, value)).collect::<Vec<_>>()
    };
    block.iter().flat_map(of).collect()
}
