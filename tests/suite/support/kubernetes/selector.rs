//! Label and field selectors, as the API server takes them in a query.

use serde_json::Value;

/// One requirement of a label selector.
pub enum Requirement {
    /// The label has one of these values.
    In(String, Vec<String>),
    /// The label has none of these values, or is not there.
    NotIn(String, Vec<String>),
    /// The label is there.
    Exists(String),
    /// The label is not there.
    Absent(String),
}

/// Reads a label selector; `None` if it is none.
pub fn read(text: &str) -> Option<Vec<Requirement>> {
    parts(text).into_iter().map(|part| requirement(part.trim())).collect()
}

/// Splits at commas outside parentheses.
fn parts(text: &str) -> Vec<&str> {
    let mut depth = 0;
    let mut begin = 0;
    let mut parts = Vec::new();
    for (index, character) in text.char_indices() {
        match character {
            '(' => depth += 1,
            ')' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&text[begin..index]);
                begin = index + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[begin..]);
    parts.retain(|part| !part.trim().is_empty());
    parts
}

fn requirement(text: &str) -> Option<Requirement> {
    let key = |text: &str| {
        let good = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
        Some(text.trim().to_owned()).filter(|key| !key.is_empty() && key.chars().all(good))
    };
    let values = |text: &str| {
        let inner = text.trim().strip_prefix('(')?.strip_suffix(')')?;
        Some(inner.split(',').map(|value| value.trim().to_owned()).collect())
    };
    if let Some((left, right)) = text.split_once(" notin ") {
        return Some(Requirement::NotIn(key(left)?, values(right)?));
    }
    if let Some((left, right)) = text.split_once(" in ") {
        return Some(Requirement::In(key(left)?, values(right)?));
    }
    if let Some((left, right)) = text.split_once("!=") {
        return Some(Requirement::NotIn(key(left)?, vec![right.trim().to_owned()]));
    }
    if let Some((left, right)) = text.split_once("==").or_else(|| text.split_once('=')) {
        return Some(Requirement::In(key(left)?, vec![right.trim().to_owned()]));
    }
    match text.strip_prefix('!') {
        Some(rest) => Some(Requirement::Absent(key(rest)?)),
        None => Some(Requirement::Exists(key(text)?)),
    }
}

/// Whether an object has the labels.
pub fn matches(selector: &[Requirement], object: &Value) -> bool {
    let label = |key: &String| object["metadata"]["labels"].get(key).and_then(Value::as_str);
    let one_of = |values: &[String], value: &str| values.iter().any(|wanted| wanted == value);
    selector.iter().all(|requirement| match requirement {
        Requirement::In(key, values) => label(key).is_some_and(|value| one_of(values, value)),
        Requirement::NotIn(key, values) => label(key).is_none_or(|value| !one_of(values, value)),
        Requirement::Exists(key) => label(key).is_some(),
        Requirement::Absent(key) => label(key).is_none(),
    })
}

/// Whether an object has the fields: `spec.nodeName=NODE,status.phase!=Running`.
pub fn matches_fields(selector: &str, object: &Value) -> bool {
    selector.split(',').filter(|part| !part.is_empty()).all(|part| {
        let (path, wanted, equal) = match part.split_once("!=") {
            Some((path, wanted)) => (path, wanted, false),
            None => part.split_once('=').map_or((part, "", true), |(path, wanted)| (path, wanted, true)),
        };
        let pointer = format!("/{}", path.trim().replace('.', "/"));
        let found = object.pointer(&pointer).and_then(Value::as_str).unwrap_or_default();
        (found == wanted.trim_start_matches('=')) == equal
    })
}
