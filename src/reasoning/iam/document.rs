//! A policy document: read from JSON, kept whole and in its order, so that it can be saved, reread and edited.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

use super::place::Place;
use super::reader::duplicate_keys;
use super::statement::{Problem, Statement};

/// Why something is no policy document at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAPolicy {
    /// The text is not JSON.
    #[error("not JSON: {0}")]
    NotJson(String),
    /// The JSON is not an object.
    #[error("a policy is a JSON object")]
    NotAnObject,
    /// There are no statements to read.
    #[error("a policy has a Statement that is a list or an object")]
    NoStatement,
}

/// A policy document.
#[derive(Debug, Clone)]
pub struct Document {
    value: Value,
    /// Kept only where the value alone is not the whole: where a key stands twice.
    text: Option<String>,
    statements: Vec<Statement>,
    problems: Vec<Problem>,
    has_variables: bool,
}

impl Document {
    /// Reads a document from JSON text. A key that stands twice becomes a problem of the document.
    pub fn parse(text: &str) -> Result<Self, NotAPolicy> {
        let value: Value = serde_json::from_str(text).map_err(|error| NotAPolicy::NotJson(error.to_string()))?;
        let mut document = Self::read(value)?;
        let twice = duplicate_keys(text);
        if !twice.is_empty() {
            document.text = Some(text.to_owned());
            let problem = |place| Problem { place, reason: "the key stands twice in its object".to_owned() };
            document.problems.extend(twice.into_iter().map(problem));
        }
        Ok(document)
    }

    /// Reads a document from a JSON value; a string is taken as the document's text.
    pub fn from_value(value: &Value) -> Result<Self, NotAPolicy> {
        match value {
            Value::String(text) => Self::parse(text),
            other => Self::read(other.clone()),
        }
    }

    /// A document of the present version without statements, to be built up.
    pub fn empty() -> Self {
        let mut value = Map::new();
        value.insert("Version".to_owned(), Value::from("2012-10-17"));
        value.insert("Statement".to_owned(), Value::Array(Vec::new()));
        let value = Value::Object(value);
        Self { value, text: None, statements: Vec::new(), problems: Vec::new(), has_variables: true }
    }

    fn read(value: Value) -> Result<Self, NotAPolicy> {
        let members = value.as_object().ok_or(NotAPolicy::NotAnObject)?;
        let place = Place::root().member("Statement");
        let statements = match members.get("Statement") {
            Some(Value::Array(items)) => {
                let items = items.iter().enumerate();
                items.map(|(index, item)| Statement::read(item, index, place.item(index))).collect()
            }
            Some(one @ Value::Object(_)) => vec![Statement::read(one, 0, place)],
            _ => return Err(NotAPolicy::NoStatement),
        };
        let problems = top_level_problems(members);
        let has_variables = members.get("Version").and_then(Value::as_str) == Some("2012-10-17");
        Ok(Self { text: None, statements, problems, has_variables, value })
    }

    /// The statements, in their order.
    pub fn statements(&self) -> &[Statement] {
        &self.statements
    }

    /// The elements of a statement as they stand in the document.
    pub fn elements(&self, statement: &Statement) -> Option<&Map<String, Value>> {
        match self.value.get("Statement")? {
            Value::Array(all) => all.get(statement.index)?.as_object(),
            one => one.as_object(),
        }
    }

    /// What could not be read outside the statements; any of it leaves every statement undecidable.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// The document as JSON. Where a key stands twice only the last is in it: see [`Self::to_json`].
    pub fn value(&self) -> &Value {
        &self.value
    }

    /// Whether [`Self::value`] holds everything that the document's text held.
    pub fn is_whole(&self) -> bool {
        self.text.is_none()
    }

    /// Whether `${…}` is a variable here: only in version `2012-10-17` ("Elements: Version").
    pub fn has_variables(&self) -> bool {
        self.has_variables
    }

    /// The document as one line of JSON, or as it was written where a key stands twice.
    pub fn to_json(&self) -> String {
        self.text.clone().unwrap_or_else(|| self.value.to_string())
    }
}

fn top_level_problems(members: &Map<String, Value>) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (name, value) in members {
        let reason = match (name.as_str(), value) {
            ("Version", Value::String(version)) if version == "2012-10-17" || version == "2008-10-17" => continue,
            ("Statement", _) | ("Id", Value::String(_)) => continue,
            ("Version", _) => format!("{value} is not a version of the policy language"),
            ("Id", _) => "text is expected here".to_owned(),
            _ => format!("{name} is not an element of a policy"),
        };
        problems.push(Problem { place: Place::root().member(name), reason });
    }
    problems
}

/// Two documents are the same if they hold the same JSON in the same order.
impl PartialEq for Document {
    fn eq(&self, other: &Self) -> bool {
        self.to_json() == other.to_json()
    }
}

impl Serialize for Document {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.text {
            Some(text) => serializer.serialize_str(text),
            None => self.value.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Document {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_value(&Value::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}
