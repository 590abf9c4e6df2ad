//! Holds documents against the schema that is published.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use jsonschema::Validator;
use serde_json::{Value, json};

/// The schema as a whole, and the part of each kind of document.
struct Published {
    whole: Validator,
    kinds: BTreeMap<String, Validator>,
}

static PUBLISHED: LazyLock<Published> = LazyLock::new(|| {
    let mut schema: Value = serde_json::from_str(podid::render::json::SCHEMA).expect("a schema");
    close(&mut schema);
    let compiled = |schema: &Value| jsonschema::validator_for(schema).expect("a schema that follows its own");
    let kinds = schema["$defs"].as_object().expect("definitions").keys();
    let part = |kind: &String| json!({"$ref": format!("#/$defs/{kind}"), "$defs": schema["$defs"]});
    Published { whole: compiled(&schema), kinds: kinds.map(|kind| (kind.clone(), compiled(&part(kind)))).collect() }
});

/// Fields may be added, and so the schema is open; what we write today has to be in it all the same.
fn close(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            fields.values_mut().for_each(close);
            if fields.get("properties").is_some_and(Value::is_object) {
                fields.insert("additionalProperties".to_owned(), json!(false));
            }
        }
        Value::Array(list) => list.iter_mut().for_each(close),
        _ => {}
    }
}

/// Says where a document does not follow the schema; empty if it does.
pub fn violations(document: &Value) -> Vec<String> {
    let kind = document["kind"].as_str().unwrap_or_default();
    let Some(part) = PUBLISHED.kinds.get(kind) else { return vec![format!("the schema knows no kind {kind:?}")] };
    // The choice between the kinds says only that none fits; the part of its own kind says what is wrong.
    let errors = part.iter_errors(document).chain(PUBLISHED.whole.iter_errors(document));
    errors.map(|error| format!("{}: {error}", error.instance_path())).collect()
}
