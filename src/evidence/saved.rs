//! Evidence as a file: what `--save` writes, `--from` reads, and every case and demo is.

use serde_json::{Map, Value};

use crate::evidence::{Evidence, Gap, Source};

/// The version of evidence files that this tool reads and writes.
pub const API_VERSION: &str = "podid/v1";
/// The kind of evidence files.
pub const KIND: &str = "Evidence";

/// Why a file is no evidence.
#[derive(Debug, thiserror::Error)]
pub enum NotEvidence {
    /// It is no YAML.
    #[error("it is not YAML: {0}")]
    NotYaml(String),
    /// It is YAML of another kind.
    #[error("found {found}, expected apiVersion {API_VERSION} and kind {KIND}")]
    Foreign {
        /// What it says of itself.
        found: String,
    },
    /// It comes from a later version of this tool.
    #[error("it was written in the newer form {found}; this version reads {API_VERSION}")]
    Newer {
        /// Its version.
        found: String,
    },
    /// It is evidence, with a field that cannot be read.
    #[error("a field cannot be read: {0}")]
    Malformed(String),
}

impl Evidence {
    /// Reads evidence from YAML (JSON is YAML).
    pub fn from_yaml(text: &str) -> Result<Self, NotEvidence> {
        let value: Value =
            serde_saphyr::from_str(text).map_err(|error| NotEvidence::NotYaml(first_line(&error.to_string())))?;
        Self::from_value(value)
    }

    /// Reads evidence from a value. A source that is not named was not asked.
    pub fn from_value(mut value: Value) -> Result<Self, NotEvidence> {
        let Value::Object(fields) = &mut value else {
            return Err(NotEvidence::Foreign { found: "no mapping".to_owned() });
        };
        recognise(fields)?;
        for source in Source::ALL {
            if !fields.contains_key(source.key()) {
                let gap = Gap::not_requested(*source, "not in the evidence file");
                fields.insert(source.key().to_owned(), serde_json::json!({ "unavailable": gap }));
            }
        }
        serde_json::from_value(value).map_err(|error| NotEvidence::Malformed(error.to_string()))
    }

    /// Writes evidence as YAML.
    pub fn to_yaml(&self) -> Result<String, serde_saphyr::ser::Error> {
        serde_saphyr::to_string(self)
    }
}

fn recognise(fields: &Map<String, Value>) -> Result<(), NotEvidence> {
    let text = |key: &str| fields.get(key).and_then(Value::as_str).unwrap_or("nothing").to_owned();
    let (version, kind) = (text("apiVersion"), text("kind"));
    if version == API_VERSION && kind == KIND {
        Ok(())
    } else if kind == KIND && version.starts_with("podid/") {
        Err(NotEvidence::Newer { found: version })
    } else {
        Err(NotEvidence::Foreign { found: format!("apiVersion {version} and kind {kind}") })
    }
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}
