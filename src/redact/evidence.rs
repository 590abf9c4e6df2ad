//! Evidence under other names, as it is saved: what checks compare with or look for keeps its form.

use serde_json::{Map, Value};

use super::level::Level;
use super::policy::{change_conditions, holds_words};
use super::redactor::Redactor;
use crate::evidence::Evidence;
use crate::evidence::reading::UNAVAILABLE;
use crate::evidence::saved::NotEvidence;

/// Fields that hold words of ours, of Kubernetes or certificates, whatever else is in them.
const KEPT: &[&str] = &["apiVersion", "kind", "toolVersion", "collectedAt", "source", "ca.crt", "certificateAuthority"];
/// Fields whose texts are words of Kubernetes or of ours, also where someone has called something so.
const WORDED: &[&str] = &[
    "apiGroups",
    "apiVersions",
    "effect",
    "event",
    "failurePolicy",
    "ipFamily",
    "operations",
    "operator",
    "phase",
    "place",
    "reason",
    "reinvocationPolicy",
    "resources",
    "restartPolicy",
    "scope",
    "state",
    "status",
    "type",
];
/// Fields whose own keys are names or labels.
const KEYED: &[&str] = &["labels", "matchLabels", "nodeSelector", "templateLabels", "configMaps", "secrets", "probe"];

impl Redactor {
    /// Makes the evidence that says the same of other names.
    ///
    /// It fails only where the replaced evidence could not be read again, which would be a bug.
    pub fn evidence(&self, evidence: &Evidence) -> Result<Evidence, NotEvidence> {
        if self.level == Level::None {
            return Ok(evidence.clone());
        }
        let value = serde_json::to_value(evidence).map_err(|error| NotEvidence::Malformed(error.to_string()))?;
        Evidence::from_value(self.value("", &value))
    }

    fn value(&self, field: &str, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.text(text)),
            Value::Array(list) => Value::Array(list.iter().map(|one| self.value(field, one)).collect()),
            Value::Object(fields) if field == "Condition" => self.conditions(fields),
            Value::Object(fields) => {
                let is_keyed = KEYED.contains(&field) && !fields.contains_key(UNAVAILABLE);
                let entry = |(key, inner): (&String, &Value)| {
                    let kept = !is_keyed && is_kept(key, inner);
                    let name = if is_keyed { self.text(key) } else { key.clone() };
                    (name, if kept { inner.clone() } else { self.value(key, inner) })
                };
                Value::Object(fields.iter().map(entry).collect())
            }
            other => other.clone(),
        }
    }

    fn conditions(&self, operators: &Map<String, Value>) -> Value {
        let changed = operators.iter().map(|(operator, keys)| {
            let value = match keys {
                Value::Object(keys) => change_conditions(keys, &|text, kind| self.of_kind(text, kind)),
                other => other.clone(),
            };
            (operator.clone(), value)
        });
        Value::Object(changed.collect())
    }
}

/// Whether a field stays as it is.
fn is_kept(key: &str, inner: &Value) -> bool {
    let is_text = match inner {
        Value::Array(list) => list.iter().all(Value::is_string),
        other => other.is_string(),
    };
    // Whose answer is missing is one word; who refused a pod is a phrase with a name in it.
    let is_source = key == "by" && inner.as_str().is_some_and(|by| !by.contains(' '));
    KEPT.contains(&key) || holds_words(key) || is_source || is_text && WORDED.contains(&key)
}
