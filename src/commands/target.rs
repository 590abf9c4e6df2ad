//! Reads targets as kubectl users type them: `NAME` and `TYPE/NAME`.

use crate::error::Error;
use crate::target::{Target, TargetKind, is_object_name};

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
    Ok(Target { kind, namespace: namespace.to_owned(), name: name.to_owned(), is_selected: false })
}

fn unknown_kind(kind: &str) -> Error {
    let known: Vec<&str> = TargetKind::NAMES.iter().filter_map(|(_, names)| names.first().copied()).collect();
    Error::usage(format!("{kind:?} is no kind of target")).hint(format!("the kinds are {}", known.join(", ")))
}
