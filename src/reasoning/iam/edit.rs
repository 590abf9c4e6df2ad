//! The smallest change of a document that lets a request in: every statement stays, in its place and order.

use serde_json::{Map, Value, json};

use super::document::Document;
use super::questions::{Naming, named};
use super::request::RequestPrincipal;
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
