//! Telling names, values and addresses from words, so that a page can set them apart.
//!
//! It is also what keeps a text from a cluster from becoming markup: only what is made of letters, digits and a little
//! punctuation counts as a word. Everything else is a literal, and literals stand where no markup is read.

use super::escape::escape;

/// A piece of a phrase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Words and the spaces between them.
    Words(String),
    /// A name, a value, an address: something that is to be read letter by letter.
    Literal(String),
}

/// What may stand before a literal without belonging to it.
const BEFORE: &[char] = &['(', '"', '“', '‘'];
/// What may stand behind a literal without belonging to it.
const BEHIND: &[char] = &[',', ';', ':', '.', ')', '?', '"', '”', '’', '…'];

/// Takes a phrase apart, with one space between its words; what is hidden in it is shown as an escape.
pub fn pieces(phrase: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for (index, word) in escape(phrase).split(' ').filter(|word| !word.is_empty()).enumerate() {
        if index > 0 {
            words(&mut pieces, " ");
        }
        take_apart(&mut pieces, word);
    }
    pieces
}

fn take_apart(pieces: &mut Vec<Piece>, word: &str) {
    let inner = word.trim_start_matches(BEFORE);
    let before = &word[..word.len() - inner.len()];
    let closes_itself = inner.contains('(');
    let core = inner.trim_end_matches(|one| BEHIND.contains(&one) && !(one == ')' && closes_itself));
    let behind = &inner[core.len()..];
    let numbers_a_list = core.chars().all(|one| one.is_ascii_digit()) && behind.starts_with(['.', ')']);
    if is_word(core) && !numbers_a_list {
        words(pieces, word);
    } else if core.is_empty() || numbers_a_list {
        pieces.push(Piece::Literal(word.to_owned()));
    } else {
        words(pieces, before);
        pieces.push(Piece::Literal(core.to_owned()));
        words(pieces, behind);
    }
}

/// Adds words to those at the end.
fn words(pieces: &mut Vec<Piece>, text: &str) {
    match pieces.last_mut() {
        _ if text.is_empty() => {}
        Some(Piece::Words(before)) => before.push_str(text),
        _ => pieces.push(Piece::Words(text.to_owned())),
    }
}

/// Whether a text can be nothing but a word, a number or a time of day.
fn is_word(core: &str) -> bool {
    let letters = |one: char| one.is_alphanumeric() || matches!(one, '\'' | '’');
    let hyphened = core.split('-').all(|part| !part.is_empty() && part.chars().all(letters));
    let is_clock = core.split(':').all(|part| part.len() == 2 && part.bytes().all(|one| one.is_ascii_digit()));
    // The names of fields and calls, such as createdAt, are literals although they are letters.
    let is_field = core.starts_with(char::is_lowercase) && core.contains(char::is_uppercase);
    hyphened && !is_field || is_clock || matches!(core, "—" | "–" | "·" | "→" | "≠" | "✓" | "✗")
}
