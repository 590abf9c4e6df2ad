//! Applies the JSON patches a webhook answers with: operation `add` only, as RFC 6902 has it.

use serde_json::Value;

/// Applies all operations, or says which one does not fit.
pub fn apply(object: &mut Value, patch: &[Value]) -> Result<(), String> {
    for operation in patch {
        let target = operation["path"].as_str().unwrap_or_default();
        if operation["op"] != "add" || !add(object, target, operation["value"].clone()) {
            return Err(format!("this does not fit: {operation}"));
        }
    }
    Ok(())
}

fn add(object: &mut Value, path: &str, value: Value) -> bool {
    let Some((parent, last)) = path.rsplit_once('/') else {
        return false;
    };
    let last = last.replace("~1", "/").replace("~0", "~");
    match object.pointer_mut(parent) {
        Some(Value::Object(members)) => {
            members.insert(last, value);
            true
        }
        Some(Value::Array(entries)) => {
            let index = last.parse().ok().filter(|index| *index <= entries.len());
            index.map(|index| entries.insert(index, value)).is_some()
        }
        _ => false,
    }
}
