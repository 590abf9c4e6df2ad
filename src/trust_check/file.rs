//! The policy in a file, whichever form it was given: bare, in what `aws iam get-role` prints, or encoded.
//! Also whether IAM would store it.

use serde_json::Value;

use crate::evidence::aws::role::Arn;
use crate::reasoning::iam::place::locate;
use crate::reasoning::iam::{Document, NotAPolicy, Statement};
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

/// The most characters that a trust policy may have, white space left out, where the quota has been raised.
const LONGEST: usize = 4_096;

/// One thing that IAM refuses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Where it stands: `Statement[0].Resource`; empty for the whole.
    pub place: String,
    /// What IAM refuses, in words.
    pub says: String,
}

/// Finds what IAM refuses in a policy, and in the text that it would be sent as.
pub fn faults(document: &Document, text: &str) -> Vec<Fault> {
    let mut found = Vec::new();
    let mut sids: Vec<&str> = Vec::new();
    for statement in document.statements() {
        found.extend(resources(document, statement));
        found.extend(actions(statement));
        let Some(sid) = statement.sid.as_deref() else { continue };
        let refused = |says: &str| fault(statement.place.member("Sid").as_str(), says);
        if !sid.chars().all(|character| character.is_ascii_alphanumeric()) {
            found.push(refused("a Sid has letters and digits alone"));
        } else if !sid.is_empty() && sids.contains(&sid) {
            found.push(refused("two statements have the same Sid"));
        }
        sids.push(sid);
    }
    found.extend(characters(text));
    found
}

fn fault(place: &str, says: impl Into<String>) -> Fault {
    Fault { place: place.to_owned(), says: says.into() }
}

/// The role itself is the resource of a trust policy.
fn resources(document: &Document, statement: &Statement) -> Vec<Fault> {
    let elements = document.elements(statement);
    let is_there = |name: &&str| elements.is_some_and(|elements| elements.contains_key(*name));
    let refused = |name: &str| fault(statement.place.member(name).as_str(), format!("a trust policy has no {name}"));
    ["Resource", "NotResource"].into_iter().filter(is_there).map(refused).collect()
}

/// Only STS is asked to assume a role. What IAM makes of `*` alone is not documented, so it is left to the judgement.
fn actions(statement: &Statement) -> Vec<Fault> {
    let Some(actions) = &statement.actions else { return Vec::new() };
    let is_of_sts = |action: &str| action.split_once(':').is_none_or(|(vendor, _)| vendor.eq_ignore_ascii_case("sts"));
    let several = actions.patterns.len() > 1;
    let refused = actions.patterns.iter().enumerate().filter(|(_, action)| !is_of_sts(action)).map(|(index, _)| {
        let place = if several { actions.place.item(index) } else { actions.place.clone() };
        fault(place.as_str(), "a trust policy has actions of STS alone (sts:…)")
    });
    refused.collect()
}

/// What is written as an escape is sent as one, so only the text itself counts.
fn characters(text: &str) -> Vec<Fault> {
    let length = text.chars().filter(|character| !character.is_whitespace()).count();
    let is_stored = |character: char| matches!(character, '\t' | '\n' | '\r' | ' '..='\u{ff}');
    let foreign = text.chars().find(|character| !is_stored(*character));
    let foreign = foreign.map(|one| fault("", format!("it has the character U+{:04X}", u32::from(one))));
    let long = (length > LONGEST).then(|| fault("", format!("it has {length} characters, and {LONGEST} are the most")));
    foreign.into_iter().chain(long).collect()
}
