//! Evidence and the policies in it, with stand-ins.

use serde_json::{Map, Value};

use super::gather::add;
use super::pattern::{before_domain, own_label};
use super::redactor::Redactor;
use super::table::{Kind, Level, Reach, Table};
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

/// Notes the names in what one operator compares with: keys and their values.
pub fn gather_conditions(names: &mut Table, keys: &Value) {
    let Value::Object(keys) = keys else { return };
    for (key, values) in keys {
        if let Some(tag) = tag_of(key) {
            add(names, "tag", tag);
        }
        if let Some(kind) = kind_of(key) {
            each(values, &mut |text| {
                // The names in an ARN are noted where they are met, each as what it is.
                if !text.starts_with("arn:") && !text.starts_with("system:") {
                    add(names, kind, text);
                }
            });
        }
    }
}

/// The tag that a condition key asks for, unless it is one that EKS sets.
pub fn tag_of(key: &str) -> Option<&str> {
    let (before, tag) = key.split_once('/')?;
    let is_tagged = before.to_ascii_lowercase().ends_with("tag");
    let own = tag.to_ascii_lowercase();
    let is_own = own.starts_with("kubernetes-") || own.starts_with("eks-");
    (is_tagged && !is_own).then_some(tag)
}

/// Calls for each text of a value.
fn each<'v>(value: &'v Value, of: &mut impl FnMut(&'v str)) {
    match value {
        Value::String(text) => of(text),
        Value::Array(list) => list.iter().for_each(|one| each(one, of)),
        _ => {}
    }
}

/// A value of which is not known what it names.
const ANY: Kind = "value";

/// What the values of a condition key name; `None` where they are words, not names.
pub fn kind_of(key: &str) -> Option<Kind> {
    let key = key.to_ascii_lowercase();
    let words = ["aws:tagkeys", "sts:transitivetagkeys", "aws:requestedregion", "aws:securetransport"];
    if words.contains(&key.as_str()) {
        return None;
    }
    let ends = |end: &str| key.ends_with(end);
    Some(match () {
        () if ends("kubernetes-namespace") => "namespace",
        () if ends("kubernetes-service-account") => "service-account",
        () if ends("kubernetes-pod-name") => "pod",
        () if ends("eks-cluster-name") || ends("eks-cluster-arn") || ends("sourcearn") => "cluster",
        () if ends("principalarn") => "role",
        () if ends(":aud") => "audience",
        () => ANY,
    })
}

/// Whether a field of a policy holds words alone: actions, effects, versions.
fn holds_words(field: &str) -> bool {
    matches!(field, "Action" | "NotAction" | "Effect" | "Version")
}

/// Replaces in a text that may name something of a kind, as far as names are looked for in it.
type Change<'c> = &'c dyn Fn(&str, Option<Kind>, Reach) -> String;

/// Changes the values of conditions, each with what it names.
fn change_conditions(keys: &Map<String, Value>, change: Change<'_>) -> Value {
    let changed = keys.iter().map(|(key, values)| {
        let kind = kind_of(key);
        let value = if kind.is_none() { values.clone() } else { deep(values, kind, change) };
        (change_key(key, &|text, reach| change(text, None, reach)), value)
    });
    Value::Object(changed.collect())
}

/// Changes a condition key: the tag in it, or the host of an identity provider, in which EKS names the cluster.
pub fn change_key(key: &str, change: &dyn Fn(&str, Reach) -> String) -> String {
    let of_provider = !key.to_ascii_lowercase().starts_with("aws:") && !key.starts_with("sts:");
    match (tag_of(key), key.split_once('/')) {
        (Some(tag), Some((before, _))) => format!("{before}/{}", change(tag, Reach::Whole)),
        _ if of_provider => change(key, Reach::Anywhere),
        _ => key.to_owned(),
    }
}

fn deep(value: &Value, kind: Option<Kind>, change: Change<'_>) -> Value {
    match value {
        Value::String(text) => {
            let reach = if kind == Some(ANY) { Reach::Whole } else { Reach::Anywhere };
            Value::String(change(text, kind, reach))
        }
        Value::Array(list) => Value::Array(list.iter().map(|one| deep(one, kind, change)).collect()),
        other => other.clone(),
    }
}
