//! Policy variables: `${aws:RequestTag/kubernetes-namespace}`, `${key, 'default'}`, and `${*}`, `${?}`, `${$}`.
//!
//! Source: IAM user guide, "IAM policy elements: Variables and tags".

use super::pattern::Piece;
use super::request::{ContextValue, RequestContext};
use super::three_valued::Undecidable;

/// What a wanted value stands for once its variables are filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filled {
    /// These characters, with wildcards where the operator knows them.
    Pattern(Vec<Piece>),
    /// Nothing: a variable has no value, and nothing is equal to it or like it.
    Nothing,
}

/// How the characters of a wanted value are to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Notation {
    /// `*` and `?` are wildcards.
    pub wildcards: bool,
    /// `${…}` is a variable.
    pub variables: bool,
}

enum Variable {
    Value(String),
    None,
}

/// Fills the variables of a wanted value in. What comes from a variable is never a wildcard.
pub fn fill(wanted: &str, notation: Notation, context: &RequestContext) -> Result<Filled, Undecidable> {
    let mut pieces = Vec::new();
    let mut nothing = false;
    let mut rest = wanted;
    while let Some(letter) = rest.chars().next() {
        if notation.variables && rest.starts_with("${") {
            let (inside, after) = rest[2..].split_once('}').ok_or_else(|| unreadable(rest))?;
            match variable(inside, context)? {
                Variable::Value(value) => pieces.extend(value.chars().map(Piece::Letter)),
                Variable::None => nothing = true,
            }
            rest = after;
            continue;
        }
        pieces.push(match letter {
            '*' if notation.wildcards => Piece::AnyRun,
            '?' if notation.wildcards => Piece::AnyOne,
            other => Piece::Letter(other),
        });
        rest = &rest[letter.len_utf8()..];
    }
    Ok(if nothing { Filled::Nothing } else { Filled::Pattern(pieces) })
}

fn variable(inside: &str, context: &RequestContext) -> Result<Variable, Undecidable> {
    if matches!(inside, "*" | "?" | "$") {
        return Ok(Variable::Value(inside.to_owned()));
    }
    let (key, default) = match inside.split_once(", ") {
        Some((key, quoted)) => {
            let default = quoted.strip_prefix('\'').and_then(|text| text.strip_suffix('\''));
            (key, Some(default.filter(|text| !text.contains('\'')).ok_or_else(|| unreadable(inside))?))
        }
        None => (inside, None),
    };
    if key.is_empty() || key.contains(|letter: char| letter.is_whitespace() || "'\",${".contains(letter)) {
        return Err(unreadable(inside));
    }
    match context.get(key) {
        ContextValue::Known(values) => match values.as_slice() {
            [value] if !value.is_empty() => Ok(Variable::Value(value.clone())),
            _ => Err(Undecidable(format!("{key} has not exactly one value, so it cannot be a variable"))),
        },
        ContextValue::Absent => Ok(default.map_or(Variable::None, |text| Variable::Value(text.to_owned()))),
        ContextValue::Present | ContextValue::Unknown => {
            Err(Undecidable(format!("the value of the variable {key} is not known")))
        }
    }
}

fn unreadable(text: &str) -> Undecidable {
    Undecidable(format!("{text} is not a variable that can be read"))
}
