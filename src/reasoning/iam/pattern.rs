//! Patterns with `*` and `?`, and ARNs compared part by part.

use super::three_valued::{Answer, undecidable};

/// One piece of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece {
    /// This character and no other.
    Letter(char),
    /// Any one character.
    AnyOne,
    /// Any number of characters.
    AnyRun,
}

/// Reads `*` and `?` as wildcards and everything else as itself.
pub fn wildcards(text: &str) -> Vec<Piece> {
    let piece = |letter| match letter {
        '*' => Piece::AnyRun,
        '?' => Piece::AnyOne,
        other => Piece::Letter(other),
    };
    text.chars().map(piece).collect()
}

/// Whether a pattern fits a whole text.
pub fn fits(pattern: &[Piece], text: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    let (mut at, mut read) = (0, 0);
    // Where to go on after a run has taken one character more.
    let mut retry: Option<(usize, usize)> = None;
    while read < text.len() {
        match pattern.get(at) {
            Some(Piece::AnyRun) => {
                retry = Some((at + 1, read));
                at += 1;
            }
            Some(Piece::AnyOne) => (at, read) = (at + 1, read + 1),
            Some(Piece::Letter(letter)) if *letter == text[read] => (at, read) = (at + 1, read + 1),
            _ => match retry {
                Some((after_run, taken)) => {
                    retry = Some((after_run, taken + 1));
                    (at, read) = (after_run, taken + 1);
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|piece| *piece == Piece::AnyRun)
}

/// Whether a pattern fits whatever the text is.
pub fn fits_anything(pattern: &[Piece]) -> bool {
    !pattern.is_empty() && pattern.iter().all(|piece| *piece == Piece::AnyRun)
}

/// Whether a pattern for an action names an action; case is ignored ("Elements: Action").
pub fn names_action(pattern: &str, action: &str) -> bool {
    fits(&wildcards(&pattern.to_ascii_lowercase()), &action.to_ascii_lowercase())
}

/// Whether a pattern fits an ARN: each of the six parts by itself ("Condition operators: ARN").
pub fn fits_arn(pattern: &[Piece], arn: &str) -> Answer {
    let wanted: Vec<&[Piece]> = pattern.splitn(6, |piece| *piece == Piece::Letter(':')).collect();
    let found: Vec<&str> = arn.splitn(6, ':').collect();
    if wanted.len() != 6 {
        return undecidable("the wanted value is not an ARN of six parts");
    }
    if found.len() != 6 || found[0] != "arn" {
        return undecidable("the value in the request is not an ARN");
    }
    Ok(wanted.iter().zip(found).all(|(pattern, part)| fits(pattern, part)))
}

/// The partition and the account of an ARN; `None` for anything else.
pub fn account_and_partition(arn: &str) -> Option<(&str, &str)> {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    match parts.as_slice() {
        ["arn", partition, _, _, account, _] => Some((partition, account)),
        _ => None,
    }
}
