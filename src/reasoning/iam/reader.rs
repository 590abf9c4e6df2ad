//! Reads a policy, with what IAM would not store.
//!
//! Source: IAM user guide, "Grammar of the IAM JSON policy language".

use std::collections::BTreeSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::place::Place;
use super::statement::{Actions, Condition, Effect, PrincipalEntry, PrincipalKind, Principals, Problem, Statement};

/// The places of all keys that stand twice in the same object; empty for a text that is not JSON.
///
/// Keys are compared exactly, after their escapes are resolved.
pub fn duplicate_keys(text: &str) -> Vec<Place> {
    let mut found = Vec::new();
    let mut json = serde_json::Deserializer::from_str(text);
    let scan = Scan { place: Place::root(), found: &mut found };
    match scan.deserialize(&mut json) {
        Ok(()) => found,
        Err(_) => Vec::new(),
    }
}

struct Scan<'a> {
    place: Place,
    found: &'a mut Vec<Place>,
}

impl<'de> DeserializeSeed<'de> for Scan<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Scan<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let mut index = 0;
        while items.next_element_seed(Scan { place: self.place.item(index), found: self.found })?.is_some() {
            index += 1;
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let mut seen = BTreeSet::new();
        while let Some(key) = members.next_key::<String>()? {
            let place = self.place.member(&key);
            if !seen.insert(key) {
                self.found.push(place.clone());
            }
            members.next_value_seed(Scan { place, found: self.found })?;
        }
        Ok(())
    }
}

impl Statement {
    /// Reads one statement.
    pub fn read(value: &Value, index: usize, place: Place) -> Self {
        let mut reader = Reader { problems: Vec::new() };
        let mut statement = Self {
            index,
            sid: None,
            effect: None,
            principals: None,
            actions: None,
            conditions: Vec::new(),
            problems: Vec::new(),
            place,
        };
        match value {
            Value::Object(members) => reader.statement(members, &mut statement),
            _ => reader.problem(&statement.place, "a statement is an object"),
        }
        statement.problems = reader.problems;
        statement
    }
}

struct Reader {
    problems: Vec<Problem>,
}

impl Reader {
    fn problem(&mut self, place: &Place, reason: impl Into<String>) {
        self.problems.push(Problem { place: place.clone(), reason: reason.into() });
    }

    fn statement(&mut self, members: &Map<String, Value>, statement: &mut Statement) {
        let place = statement.place.clone();
        for (name, value) in members {
            let at = place.member(name);
            match name.as_str() {
                "Sid" => statement.sid = self.text(value, &at),
                "Effect" => statement.effect = self.effect(value, &at),
                "Principal" | "NotPrincipal" => statement.principals = self.principals(value, &at, name != "Principal"),
                "Action" | "NotAction" => statement.actions = self.actions(value, &at, name != "Action"),
                "Condition" => statement.conditions = self.conditions(value, &at),
                // IAM stores no resource in a trust policy: the role itself is the resource.
                "Resource" | "NotResource" => {}
                _ => self.problem(&at, format!("{name} is not an element of a statement")),
            }
        }
        for (one, other) in [("Principal", "NotPrincipal"), ("Action", "NotAction")] {
            match (members.contains_key(one), members.contains_key(other)) {
                (true, true) => self.problem(&place, format!("it has both {one} and {other}")),
                (false, false) => self.problem(&place, format!("it has neither {one} nor {other}")),
                _ => {}
            }
        }
        if !members.contains_key("Effect") {
            self.problem(&place, "it has no Effect");
        }
    }

    fn text(&mut self, value: &Value, place: &Place) -> Option<String> {
        let text = value.as_str().map(str::to_owned);
        if text.is_none() {
            self.problem(place, "text is expected here");
        }
        text
    }

    fn effect(&mut self, value: &Value, place: &Place) -> Option<Effect> {
        // "Elements: Effect": the value is case-sensitive.
        match value.as_str() {
            Some("Allow") => Some(Effect::Allow),
            Some("Deny") => Some(Effect::Deny),
            _ => {
                self.problem(place, format!("{value} is neither \"Allow\" nor \"Deny\""));
                None
            }
        }
    }

    fn principals(&mut self, value: &Value, place: &Place, negated: bool) -> Option<Principals> {
        let entries = match value {
            Value::String(text) if text == "*" => {
                vec![PrincipalEntry { kind: PrincipalKind::Everyone, value: text.clone() }]
            }
            Value::Object(members) if !members.is_empty() => self.principal_map(members, place),
            _ => {
                self.problem(
                    place,
                    "a principal is \"*\" or an object such as {\"Service\": \"pods.eks.amazonaws.com\"}",
                );
                return None;
            }
        };
        Some(Principals { negated, entries, place: place.clone() })
    }

    fn principal_map(&mut self, members: &Map<String, Value>, place: &Place) -> Vec<PrincipalEntry> {
        let mut entries = Vec::new();
        for (word, value) in members {
            let at = place.member(word);
            match PrincipalKind::parse(word) {
                Some(kind) => {
                    let values = self.texts(value, &at);
                    entries.extend(values.into_iter().map(|value| PrincipalEntry { kind, value }));
                }
                None => self.problem(&at, format!("{word} is not a kind of principal")),
            }
        }
        entries
    }

    fn actions(&mut self, value: &Value, place: &Place, negated: bool) -> Option<Actions> {
        let patterns = self.texts(value, place);
        (!patterns.is_empty()).then(|| Actions { negated, patterns, place: place.clone() })
    }

    /// A text, or a list of at least one.
    fn texts(&mut self, value: &Value, place: &Place) -> Vec<String> {
        match value {
            Value::String(text) => vec![text.clone()],
            Value::Array(items) if !items.is_empty() => {
                let texts = items.iter().enumerate();
                texts.filter_map(|(index, item)| self.text(item, &place.item(index))).collect()
            }
            Value::Array(_) => {
                self.problem(place, "the list is empty");
                Vec::new()
            }
            _ => {
                self.problem(place, "text or a list of texts is expected here");
                Vec::new()
            }
        }
    }

    fn conditions(&mut self, value: &Value, place: &Place) -> Vec<Condition> {
        let Value::Object(operators) = value else {
            self.problem(place, "a condition is an object of operators");
            return Vec::new();
        };
        let mut conditions = Vec::new();
        for (operator, keys) in operators {
            let at = place.member(operator);
            match keys {
                Value::Object(keys) if !keys.is_empty() => self.keys(operator, keys, &at, &mut conditions),
                _ => self.problem(&at, "an operator holds an object of keys"),
            }
        }
        conditions
    }

    fn keys(&mut self, operator: &str, keys: &Map<String, Value>, place: &Place, into: &mut Vec<Condition>) {
        let mut seen = BTreeSet::new();
        for (key, wanted) in keys {
            let at = place.member(key);
            // "Elements: Condition": key names are not case-sensitive, so two spellings are the same key twice.
            if !seen.insert(key.to_ascii_lowercase()) {
                self.problem(&at, "the key stands twice under its operator");
            }
            let values = self.values(wanted, &at);
            if !values.is_empty() {
                into.push(Condition { operator: operator.to_owned(), key: key.clone(), values, place: at });
            }
        }
    }

    fn values(&mut self, wanted: &Value, place: &Place) -> Vec<String> {
        let items = match wanted {
            Value::Array(items) => items.as_slice(),
            one => std::slice::from_ref(one),
        };
        if items.is_empty() {
            self.problem(place, "the list is empty");
        }
        let mut values = Vec::new();
        for item in items {
            match item {
                Value::String(text) => values.push(text.clone()),
                Value::Bool(_) | Value::Number(_) => values.push(item.to_string()),
                _ => self.problem(place, "a wanted value is text, a number or a truth value"),
            }
        }
        values
    }
}
