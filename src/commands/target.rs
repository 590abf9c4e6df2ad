//! Reads targets as kubectl users type them: `NAME` and `TYPE/NAME`.

use crate::error::Error;
use crate::target::{Target, TargetKind};

/// Reads the targets of a command line.
pub fn parse(words: &[String], namespace: &str) -> Result<Vec<Target>, Error> {
    words.iter().map(|word| parse_one(word, namespace)).collect()
}

fn parse_one(word: &str, namespace: &str) -> Result<Target, Error> {
    let (kind, name) = match word.split_once('/') {
        None => (TargetKind::Pod, word),
        Some((kind, name)) => (TargetKind::parse(kind).ok_or_else(|| unknown_kind(kind))?, name),
    };
    if !is_object_name(name) {
        return Err(Error::usage(format!("{word:?} names no object"))
            .hint("a name has lower-case letters, digits, - and . only: NAME or TYPE/NAME"));
    }
    Ok(Target { kind, namespace: namespace.to_owned(), name: name.to_owned() })
}

/// Whether text can be the name of a Kubernetes object (RFC 1123 subdomain).
pub fn is_object_name(text: &str) -> bool {
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.';
    !text.is_empty()
        && text.len() <= 253
        && text.chars().all(inner)
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.ends_with(|c: char| c.is_ascii_alphanumeric())
}

fn unknown_kind(kind: &str) -> Error {
    let known: Vec<&str> = TargetKind::NAMES.iter().filter_map(|(_, names)| names.first().copied()).collect();
    Error::usage(format!("{kind:?} is no kind of target")).hint(format!("the kinds are {}", known.join(", ")))
}
