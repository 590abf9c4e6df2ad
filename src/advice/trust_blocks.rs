//! Statements of a policy as blocks of Terraform's `aws_iam_policy_document`.

use serde_json::Value;

use crate::findings::remediation::terraform_string;

/// Elements that become arguments.
const ARGUMENTS: &[(&str, &str)] =
    &[("Sid", "sid"), ("Effect", "effect"), ("Action", "actions"), ("NotAction", "not_actions")];

/// Writes one statement as a `statement` block.
///
/// Of the elements of a trust policy all are known to Terraform; policy variables stay as they are, because text is
/// escaped so that Terraform does not read `${…}` itself.
pub fn statement_block(statement: &Value) -> String {
    let arguments: Vec<(&str, String)> = ARGUMENTS
        .iter()
        .filter_map(|(element, argument)| {
            let value = statement.get(element)?;
            Some((*argument, if argument.ends_with("actions") { list(value) } else { text(value) }))
        })
        .collect();
    let width = arguments.iter().map(|(argument, _)| argument.len()).max().unwrap_or_default();
    let mut lines: Vec<String> =
        arguments.iter().map(|(argument, value)| format!("  {argument:width$} = {value}")).collect();
    for (element, block) in [("Principal", "principals"), ("NotPrincipal", "not_principals")] {
        for (kind, value) in members(statement.get(element)) {
            lines.push(format!(
                "\n  {block} {{\n    type        = {}\n    identifiers = {}\n  }}",
                terraform_string(&kind),
                list(&value)
            ));
        }
    }
    for (operator, keys) in members(statement.get("Condition")) {
        for (key, values) in members(Some(&keys)) {
            lines.push(format!(
                "\n  condition {{\n    test     = {}\n    variable = {}\n    values   = {}\n  }}",
                terraform_string(&operator),
                terraform_string(&key),
                list(&values)
            ));
        }
    }
    format!("statement {{\n{}\n}}", lines.join("\n"))
}

/// The members of an object; `*` alone, as a principal, is of kind `*`.
fn members(value: Option<&Value>) -> Vec<(String, Value)> {
    match value {
        Some(Value::Object(members)) => members.iter().map(|(name, value)| (name.clone(), value.clone())).collect(),
        Some(Value::String(everyone)) => vec![(everyone.clone(), Value::from(everyone.as_str()))],
        _ => Vec::new(),
    }
}

fn list(value: &Value) -> String {
    let items = match value {
        Value::Array(items) => items.as_slice(),
        one => std::slice::from_ref(one),
    };
    let items: Vec<String> = items.iter().map(text).collect();
    format!("[{}]", items.join(", "))
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => terraform_string(text),
        other => terraform_string(&other.to_string()),
    }
}
