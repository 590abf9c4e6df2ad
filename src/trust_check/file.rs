//! The policy in a file, whichever form it was given: bare, in what `aws iam get-role` prints, or encoded.

use serde_json::Value;

use super::storable::{Fault, faults};
use crate::evidence::aws::role::Arn;
use crate::reasoning::iam::place::locate;
use crate::reasoning::iam::{Document, NotAPolicy};
use crate::report::PolicyText;

/// A policy, its text, and what else the file says.
#[derive(Debug, Clone)]
pub struct PolicyFile {
    /// The policy.
    pub document: Document,
    /// The text that places are counted in.
    pub text: PolicyText,
    /// What stands before the places of the policy in that text: `Role.AssumeRolePolicyDocument`, or nothing.
    pub prefix: &'static str,
    /// What IAM would not store of it; nothing of what IAM itself has printed, which it has stored.
    pub faults: Vec<Fault>,
    /// The ARN of the role, where the file names it.
    pub role_arn: Option<String>,
    /// The name of the role, where the file names it.
    pub role_name: Option<String>,
}

/// Why a file holds no trust policy, in words, and the next step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoPolicy {
    /// What is wrong.
    pub what: String,
    /// What helps.
    pub hint: Option<&'static str>,
}

/// Where a policy may stand, from the outermost.
const WRAPPED: &[&str] = &["Role.AssumeRolePolicyDocument", "AssumeRolePolicyDocument"];
/// A policy on one line that is longer is shown indented. In bytes.
const LONGEST_LINE: usize = 80;
/// What helps where there is no policy.
const FORMS: &str = "it takes a trust policy as JSON, or what aws iam get-role --role-name NAME prints";

/// Finds the policy in a file that is called `name`.
pub fn read(name: &str, text: &str) -> Result<PolicyFile, NoPolicy> {
    let text = text.trim_start_matches('\u{feff}');
    let own = |text: &str| PolicyText { name: name.to_owned(), text: text.to_owned(), is_own: true };
    match serde_json::from_str::<Value>(text) {
        Ok(value) => of_value(&value, own(text)),
        Err(error) => match encoded(text).or_else(|| yaml(text)) {
            Some(value) => of_value(&value, PolicyText { is_own: false, ..own(&pretty(&value)) }),
            None => Err(not_json(&error)),
        },
    }
}

fn of_value(value: &Value, text: PolicyText) -> Result<PolicyFile, NoPolicy> {
    let role = value.get("Role").unwrap_or(value);
    let name_of = |key: &str| role.get(key).and_then(Value::as_str).map(str::to_owned);
    let role_arn = name_of("Arn").filter(|arn| Arn::parse(arn).is_some_and(|arn| arn.role_name().is_some()));
    let role_name = name_of("RoleName").or_else(|| Some(Arn::parse(role_arn.as_deref()?)?.role_name()?.to_owned()));
    let wrapped = WRAPPED.iter().find_map(|place| Some((*place, value.pointer(&pointer(place))?)));
    let (prefix, policy) = wrapped.unwrap_or(("", value));
    let file = |document: Document, sent: &str, text, prefix| {
        let faults = if wrapped.is_some() { Vec::new() } else { faults(&document, sent) };
        PolicyFile { document, text, prefix, faults, role_arn, role_name }
    };
    match policy {
        Value::String(inner) => {
            let inner = decoded(inner);
            let document = Document::parse(&inner).map_err(|error| no_policy(&error))?;
            let shown = if document.is_whole() { pretty(document.value()) } else { inner.clone() };
            Ok(file(document, &inner, PolicyText { text: shown, is_own: false, ..text }, ""))
        }
        Value::Object(_) => {
            // The text of the policy, not its value, tells whether a key stands twice.
            let part = locate(&text.text, prefix).and_then(|span| text.text.get(span));
            let part = part.map(|part| part.find(['{', '[']).map_or(part, |start| &part[start..])).unwrap_or_default();
            let part = part.to_owned();
            let document = Document::parse(&part).map_err(|error| no_policy(&error))?;
            // Carets below one long line point at nothing.
            let is_one_line = prefix.is_empty() && !text.text.trim().contains('\n') && text.text.len() > LONGEST_LINE;
            let text = if is_one_line && document.is_whole() {
                PolicyText { text: pretty(document.value()), is_own: false, ..text }
            } else {
                text
            };
            Ok(file(document, &part, text, prefix))
        }
        _ => Err(no_policy(&NotAPolicy::NotAnObject)),
    }
}

fn pointer(place: &str) -> String {
    format!("/{}", place.replace('.', "/"))
}

/// A policy that is percent-encoded as a whole, as IAM's API gives it.
fn encoded(text: &str) -> Option<Value> {
    text.trim_start().starts_with("%7").then(|| serde_json::from_str(&decoded(text.trim())).ok()).flatten()
}

/// What `aws --output yaml` prints, or a policy written by hand; only an object can be one.
fn yaml(text: &str) -> Option<Value> {
    let looks_like_json = text.trim_start().starts_with(['{', '[', '"']);
    let value = if looks_like_json { None } else { serde_saphyr::from_str::<Value>(text).ok() };
    value.filter(Value::is_object)
}

/// Text as it is, or without its percent-encoding if it has one.
fn decoded(text: &str) -> String {
    if !text.trim_start().starts_with('%') {
        return text.to_owned();
    }
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut index = 0;
    while let Some(byte) = bytes.get(index) {
        let digits = (*byte == b'%').then(|| text.get(index + 1..index + 3)).flatten();
        let value = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        decoded.push(value.unwrap_or(*byte));
        index += if value.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

fn not_json(error: &serde_json::Error) -> NoPolicy {
    let what = error.to_string();
    // serde_json ends with "at line L column C"; as a place it is of use to an editor.
    let place = format!(" at line {} column {}", error.line(), error.column());
    let what = what.strip_suffix(&place).unwrap_or(&what).to_owned();
    let at = if error.line() == 0 { String::new() } else { format!("{}:{}: ", error.line(), error.column()) };
    NoPolicy { what: format!("{at}not JSON: {what}"), hint: Some(FORMS) }
}

fn no_policy(error: &NotAPolicy) -> NoPolicy {
    NoPolicy { what: error.to_string(), hint: Some(FORMS) }
}
