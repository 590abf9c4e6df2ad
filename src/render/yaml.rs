//! The machine document as YAML: the same fields, the same values.

use serde::Serialize;
use serde_json::Value;
use serde_saphyr::DoubleQuoted;

use super::Rendering;
use super::escape::{escape_in_yaml, is_hidden};
use super::json::document::document;
use super::json::v1;
use crate::error::Error;

/// Draws one report or a list of them.
pub fn draw(rendering: &Rendering<'_>) -> String {
    text(&document(rendering))
}

/// Draws an error that ended the run.
pub fn error(error: &Error) -> String {
    text(&v1::Error::from(error))
}

/// Writes a document as YAML in which nothing hidden stands raw.
pub fn text(document: &impl Serialize) -> String {
    let text = write(document);
    if text.chars().any(|character| is_hidden(character) && character != '\n') {
        // YAML lets direction marks and the like stand raw. In quotes they have escapes, so everything is quoted then;
        // fields come in the order of their names.
        let value = serde_json::to_value(document).unwrap_or_default();
        return escape_in_yaml(&write(&Quoted(&value)));
    }
    text
}

/// Lines are not folded: a command stays in one piece.
fn write(document: &impl Serialize) -> String {
    let options = serde_saphyr::ser_options! { folded_wrap_chars: usize::MAX };
    serde_saphyr::to_string_with_options(document, options).unwrap_or_default()
}

/// A value whose strings and keys are all written in double quotes.
struct Quoted<'v>(&'v Value);

impl Serialize for Quoted<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::String(text) => DoubleQuoted(text).serialize(serializer),
            Value::Array(list) => serializer.collect_seq(list.iter().map(Quoted)),
            Value::Object(fields) => serializer.collect_map(fields.iter().map(|(key, value)| (key, Quoted(value)))),
            other => other.serialize(serializer),
        }
    }
}
