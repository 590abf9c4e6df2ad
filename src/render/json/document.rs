//! Documents of JSON and YAML, and the one of an error.

use serde::Serialize;

use super::v1;
use crate::error::Error;
use crate::render::escape::escape_in_json;
use crate::render::{Rendering, Reports};

impl From<&Error> for v1::Error {
    fn from(error: &Error) -> Self {
        Self {
            api_version: v1::API_VERSION.to_owned(),
            kind: "Error".to_owned(),
            exit_code: error.exit_code().0,
            message: error.message.clone(),
            hint: error.hint.clone(),
        }
    }
}

/// The JSON Schema of the machine output, as `kubectl podid schema` prints it.
pub const SCHEMA: &str = include_str!("v1.schema.json");

/// Draws one report or a list of them.
pub fn draw(rendering: &Rendering<'_>) -> String {
    text(&document(rendering))
}

/// Makes the document.
pub fn document(rendering: &Rendering<'_>) -> v1::Document {
    match rendering.reports {
        Reports::One(report) => v1::Document::Diagnosis(Box::new(v1::Diagnosis::new(report, rendering.tool_version))),
        Reports::List(list) => v1::Document::DiagnosisList(v1::DiagnosisList::new(list, rendering.tool_version)),
    }
}

/// Writes a document as indented JSON in which nothing hidden stands raw.
///
/// Documents hold strings, numbers and lists only, which JSON can always write.
pub fn text(document: &impl Serialize) -> String {
    let mut text = escape_in_json(&serde_json::to_string_pretty(document).unwrap_or_default());
    text.push('\n');
    text
}

/// Makes the schema of all documents from the structs.
#[cfg(feature = "plugin")]
pub fn schema() -> serde_json::Value {
    let settings = schemars::generate::SchemaSettings::draft2020_12().for_serialize();
    settings.into_generator().into_root_schema_for::<v1::Document>().to_value()
}

/// Draws an error that ended the run.
pub fn error(error: &Error) -> String {
    text(&v1::Error::from(error))
}
