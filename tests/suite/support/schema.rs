//! A reader of the part of JSON Schema that our schema uses: types, properties, required ones, items, choices, references.

use serde_json::Value;

/// Says where a value does not follow a schema; empty if it does.
pub fn violations(schema: &Value, value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    check(schema, schema, value, "$", &mut found);
    found
}

fn check(root: &Value, schema: &Value, value: &Value, at: &str, found: &mut Vec<String>) {
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        let target = root.pointer(reference.trim_start_matches('#')).expect("a reference that leads somewhere");
        check(root, target, value, at, found);
    }
    if let Some(choices) = schema.get("anyOf").and_then(Value::as_array) {
        let fits = |choice: &Value| {
            let mut own = Vec::new();
            check(root, choice, value, at, &mut own);
            own.is_empty()
        };
        if !choices.iter().any(fits) {
            found.push(format!("{at}: none of the choices fits {value}"));
        }
    }
    let allowed: Vec<&str> = match schema.get("type") {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    if !allowed.is_empty() && !allowed.iter().any(|name| is(value, name)) {
        found.push(format!("{at}: not {}: {value}", allowed.join(" or ")));
        return;
    }
    match value {
        Value::Object(fields) => {
            for name in schema.get("required").and_then(Value::as_array).into_iter().flatten() {
                let name = name.as_str().expect("a name");
                if !fields.contains_key(name) {
                    found.push(format!("{at}: {name} is missing"));
                }
            }
            let Some(properties) = schema.get("properties") else { return };
            for (name, value) in fields {
                match properties.get(name) {
                    Some(schema) => check(root, schema, value, &format!("{at}.{name}"), found),
                    None => found.push(format!("{at}: {name} is not in the schema")),
                }
            }
        }
        Value::Array(list) => {
            let Some(schema) = schema.get("items") else { return };
            for (index, value) in list.iter().enumerate() {
                check(root, schema, value, &format!("{at}[{index}]"), found);
            }
        }
        _ => {}
    }
}

fn is(value: &Value, name: &str) -> bool {
    match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_u64() || value.is_i64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("the schema knows a type {other}"),
    }
}
