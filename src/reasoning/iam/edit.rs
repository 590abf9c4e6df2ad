//! Changes a policy so that it lets a request in, and nothing else.

use serde_json::{Map, Value, json};

use super::document::Document;
use super::evaluate::{Decision, Denial, Outcome, StatementVerdict, evaluate};
use super::questions::{Naming, named, would_allow};
use super::request::{Request, RequestPrincipal};
use super::statement::{PrincipalKind, Statement};

impl Document {
    /// The document with these actions allowed for a principal; `None` where it cannot be edited without loss.
    ///
    /// Actions that are allowed already stay as they are. What is missing joins the statement that already allows the
    /// principal, and him alone, another of the actions; else it becomes a statement of its own, under the same conditions.
    pub fn allowing(&self, principal: &RequestPrincipal, actions: &[&str]) -> Option<Self> {
        let is_named = |action: &str| matches!(named(self, principal, action), Naming::Named(_));
        let missing: Vec<&str> = actions.iter().copied().filter(|action| !is_named(action)).collect();
        if missing.is_empty() {
            return self.is_whole().then(|| self.clone());
        }
        let near = actions.iter().find_map(|action| match named(self, principal, action) {
            Naming::Named(statements) => statements.first().copied(),
            _ => None,
        });
        match near {
            Some(statement) if is_extensible(statement) => self.with_actions(statement.index, &missing),
            Some(statement) => {
                let condition = self.statement_value(statement.index).and_then(|value| value.get("Condition"));
                self.with_statement(allow(principal, &missing, condition))
            }
            None => self.with_statement(allow(principal, &missing, None)),
        }
    }

    /// The document with one more statement at its end; `None` where it cannot be edited without loss.
    pub fn with_statement(&self, statement: Value) -> Option<Self> {
        self.edited(|members| {
            let list = members.get_mut("Statement")?;
            match list {
                Value::Array(items) => items.push(statement),
                one => *one = Value::Array(vec![one.take(), statement]),
            }
            Some(())
        })
    }

    /// The document without these statements, as they stand in it; `None` where it cannot be edited without loss, or none would be left.
    pub fn without_statements(&self, statements: &[Value]) -> Option<Self> {
        self.edited(|members| {
            let list = members.get_mut("Statement")?.as_array_mut()?;
            list.retain(|one| !statements.contains(one));
            (!list.is_empty()).then_some(())
        })
    }

    /// The document with further actions in a statement's `Action`; `None` where there is no such list.
    pub fn with_actions(&self, index: usize, actions: &[&str]) -> Option<Self> {
        self.edited_statement(index, |statement| append(statement.get_mut("Action")?, actions))
    }

    /// The document with conditions added to a statement, each `(operator, key, value)`; those that are there stay.
    pub fn with_conditions(&self, index: usize, conditions: &[(&str, &str, &str)]) -> Option<Self> {
        self.edited_statement(index, |statement| {
            let block = statement.entry("Condition").or_insert_with(|| json!({})).as_object_mut()?;
            for (operator, key, value) in conditions {
                let keys = block.entry(*operator).or_insert_with(|| json!({})).as_object_mut()?;
                keys.entry(*key).or_insert_with(|| Value::from(*value));
            }
            Some(())
        })
    }

    /// One statement as JSON.
    pub fn statement_value(&self, index: usize) -> Option<&Value> {
        match self.value().get("Statement")? {
            Value::Array(items) => items.get(index),
            one => (index == 0).then_some(one),
        }
    }

    fn edited_statement(&self, index: usize, edit: impl FnOnce(&mut Map<String, Value>) -> Option<()>) -> Option<Self> {
        self.edited(|members| {
            let statement = match members.get_mut("Statement")? {
                Value::Array(items) => items.get_mut(index)?,
                one if index == 0 => one,
                _ => return None,
            };
            edit(statement.as_object_mut()?)
        })
    }

    /// Edits a copy. A document in which a key stands twice is not edited: its value has lost one of them.
    fn edited(&self, edit: impl FnOnce(&mut Map<String, Value>) -> Option<()>) -> Option<Self> {
        if !self.is_whole() {
            return None;
        }
        let mut value = self.value().clone();
        edit(value.as_object_mut()?)?;
        Self::from_value(&value).ok()
    }
}

/// Whether an action may join the statement without letting anybody else in.
fn is_extensible(statement: &Statement) -> bool {
    let alone = statement.principals.as_ref().is_some_and(|element| !element.negated && element.entries.len() == 1);
    alone && statement.actions.as_ref().is_some_and(|element| !element.negated)
}

/// Appends to a value that is a text or a list of texts, and makes a list of it.
fn append(value: &mut Value, texts: &[&str]) -> Option<()> {
    let mut items = match value.take() {
        Value::Array(items) => items,
        Value::Null => return None,
        one => vec![one],
    };
    for text in texts {
        if !items.contains(&Value::from(*text)) {
            items.push(Value::from(*text));
        }
    }
    *value = Value::Array(items);
    Some(())
}

/// An Allow statement.
pub fn allow(principal: &RequestPrincipal, actions: &[&str], condition: Option<&Value>) -> Value {
    let kind = match principal {
        RequestPrincipal::Service(_) => PrincipalKind::Service,
        RequestPrincipal::Role(_) => PrincipalKind::Aws,
        RequestPrincipal::Federated(_) => PrincipalKind::Federated,
    };
    let mut statement = Map::new();
    statement.insert("Effect".to_owned(), Value::from("Allow"));
    statement.insert("Principal".to_owned(), json!({ kind.as_str(): principal.as_str() }));
    let actions = if let [one] = actions { json!(one) } else { json!(actions) };
    statement.insert("Action".to_owned(), actions);
    if let Some(condition) = condition {
        statement.insert("Condition".to_owned(), condition.clone());
    }
    Value::Object(statement)
}

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
