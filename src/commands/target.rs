//! Reads targets as kubectl users type them: `NAME`, `TYPE/NAME` and `TYPE NAME`.

use crate::error::Error;
use crate::target::{Target, TargetKind, is_object_name};

/// Reads the targets of a command line.
pub fn parse(words: &[String], namespace: &str) -> Result<Vec<Target>, Error> {
    match words {
        // As kubectl has it: a type in front is that of all names behind it.
        [first, names @ ..] if !names.is_empty() && words.iter().all(|word| !word.contains('/')) => {
            match TargetKind::parse(first) {
                Some(kind) => names.iter().map(|name| named(kind, name, name, namespace)).collect(),
                None => words.iter().map(|word| parse_one(word, namespace)).collect(),
            }
        }
        _ => words.iter().map(|word| parse_one(word, namespace)).collect(),
    }
}

fn parse_one(word: &str, namespace: &str) -> Result<Target, Error> {
    let (kind, name) = match word.split_once('/') {
        None => (TargetKind::Pod, word),
        Some((kind, name)) => (TargetKind::parse(kind).ok_or_else(|| unknown_kind(kind))?, name),
    };
    named(kind, name, word, namespace)
}

fn named(kind: TargetKind, name: &str, word: &str, namespace: &str) -> Result<Target, Error> {
    if !is_object_name(name) {
        return Err(Error::usage(format!("{word:?} names no object"))
            .hint("a name has lower-case letters, digits, - and . only: NAME or TYPE/NAME"));
    }
    Ok(Target { kind, namespace: namespace.to_owned(), name: name.to_owned(), is_selected: false, is_written: false })
}

fn unknown_kind(kind: &str) -> Error {
    let known: Vec<&str> = TargetKind::NAMES.iter().filter_map(|(_, names)| names.first().copied()).collect();
    Error::usage(format!("unknown resource type {kind:?}")).hint(format!("the kinds are {}", known.join(", ")))
}
