//! Evidence under other names, as it is saved: what checks compare with or look for keeps its form.

use serde_json::{Map, Value};

use super::level::Level;
use super::policy::{change_conditions, change_key, holds_words};
use super::redactor::Redactor;
use super::words::{before_domain, own_label};
use crate::evidence::Evidence;
use crate::evidence::reading::UNAVAILABLE;
use crate::evidence::saved::NotEvidence;

/// Fields that hold words of ours, of Kubernetes or certificates, whatever else is in them.
const KEPT: &[&str] = &["apiVersion", "kind", "toolVersion", "collectedAt", "source", "ca.crt", "certificateAuthority"];
/// Fields whose texts are words of Kubernetes or of ours, also where someone has called something so.
const WORDED: &[&str] = &[
    "settings",
    "variables",
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
/// Fields whose elements have names that programs give and look for: variables, systems, conditions of a webhook.
pub(super) const CALLED_BY_PROGRAMS: &[&str] = &["env", "environment", "matchConditions", "os"];
/// Fields whose own keys are names or labels.
const KEYED: &[&str] = &["labels", "matchLabels", "nodeSelector", "templateLabels", "configMaps", "secrets", "probe"];

/// What the elements are among whose fields a `key` is that of a label.
pub(super) const SELECTORS: &[&str] = &["matchExpressions", "taints", "tolerations"];

impl Redactor {
    /// Makes the evidence that says the same of other names.
    ///
    /// It fails only where the replaced evidence could not be read again, which would be a bug.
    pub fn evidence(&self, evidence: &Evidence) -> Result<Evidence, NotEvidence> {
        if self.level == Level::None {
            return Ok(evidence.clone());
        }
        let value = serde_json::to_value(evidence).map_err(|error| NotEvidence::Malformed(error.to_string()))?;
        Evidence::from_value(self.value("", "", &value))
    }

    /// `above` is the field of the object that a field is in.
    fn value(&self, above: &str, field: &str, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.leaf(above, field, text)),
            Value::Array(list) => Value::Array(list.iter().map(|one| self.value(above, field, one)).collect()),
            Value::Object(fields) if field == "Condition" => self.conditions(fields),
            Value::Object(fields) if fields.contains_key(UNAVAILABLE) || !KEYED.contains(&field) => {
                let entry = |(key, inner): (&String, &Value)| {
                    let kept = is_kept(key, inner) || key == "name" && CALLED_BY_PROGRAMS.contains(&field);
                    (key.clone(), if kept { inner.clone() } else { self.value(field, key, inner) })
                };
                Value::Object(fields.iter().map(entry).collect())
            }
            Value::Object(fields) => {
                let entry = |(key, inner): (&String, &Value)| match inner {
                    Value::String(label) => (self.label_key(key), Value::String(self.text(label))),
                    other => (self.of_field(key), self.value(field, "", other)),
                };
                Value::Object(fields.iter().map(entry).collect())
            }
            other => other.clone(),
        }
    }

    /// A text, by what the field is that it stands in.
    fn leaf(&self, above: &str, field: &str, text: &str) -> String {
        match field {
            "key" if SELECTORS.contains(&above) => self.label_key(text),
            // The key of a ConfigMap or Secret, as its data have it.
            "key" => text.to_owned(),
            "values" | "Sid" => self.text(text),
            "ContextKeyNames" => change_key(text, &|text, reach| self.within(text, None, reach)),
            _ => self.of_field(text),
        }
    }

    /// The key of a label: one of Kubernetes' and AWS's own stays, whatever its parts are called.
    fn label_key(&self, key: &str) -> String {
        let (before, label) = own_label(key);
        let is_own = label.split_once('/').is_some_and(|(domain, _)| before_domain(domain).is_some());
        if is_own { key.to_owned() } else { format!("{before}{}", self.text(label)) }
    }

    fn conditions(&self, operators: &Map<String, Value>) -> Value {
        let changed = operators.iter().map(|(operator, keys)| {
            let value = match keys {
                Value::Object(keys) => change_conditions(keys, &|text, kind, reach| self.within(text, kind, reach)),
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
