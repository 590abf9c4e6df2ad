//! Text of others made safe for terminals, markup and literals.
//!
//! Names, values and log lines come from a cluster that others can write to. A control character can move the cursor
//! or set the window's title, a newline can fake a line of a report, a bidirectional override can make a text read as
//! another one. All of them are shown as escapes, so that a reader sees that they are there.
//!
//! It is also what keeps a text from a cluster from becoming markup: only what is made of letters, digits and a
//! little punctuation counts as a word. Everything else is a literal, and literals stand where no markup is read.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Whether a character is not what it looks like: it controls the terminal, turns the text around, or does not show.
pub fn is_hidden(character: char) -> bool {
    character.is_control() || changes_direction(character) || is_invisible(character) || is_unusual_space(character)
}

/// Arabic letter mark, direction marks, embeddings, overrides and isolates (Unicode Annex 9).
fn changes_direction(character: char) -> bool {
    matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Characters without a width: joiners, fillers, selectors, tags, and code points that are no characters.
fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{ad}' | '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200d}' | '\u{2060}'..='\u{2065}' | '\u{206a}'..='\u{206f}' | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}'
            | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}'
    )
}

/// Spaces that look like a space or a line break and are neither: they stand in names that were pasted from a page.
fn is_unusual_space(character: char) -> bool {
    matches!(
        character,
        '\u{a0}' | '\u{1680}' | '\u{2000}'
            ..='\u{200a}' | '\u{2028}' | '\u{2029}' | '\u{202f}' | '\u{205f}' | '\u{3000}'
    )
}

/// Shows hidden characters as escapes: `\n`, `\t`, `\u{1b}`. Everything else stays as it is.
pub fn escape(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if is_hidden(character) {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    Cow::Owned(shown)
}

/// Shows every character in ASCII: our own signs by their nearest likeness, all others as escapes.
pub fn to_ascii(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        match character {
            '—' | '–' | '─' => shown.push('-'),
            '…' => shown.push_str("..."),
            '·' => shown.push('|'),
            '‘' | '’' => shown.push('\''),
            '“' | '”' => shown.push('"'),
            '→' => shown.push_str("->"),
            '×' => shown.push('x'),
            '≤' => shown.push_str("<="),
            '≥' => shown.push_str(">="),
            '≠' => shown.push_str("!="),
            _ if character.is_ascii() => shown.push(character),
            _ => shown.extend(character.escape_unicode()),
        }
    }
    Cow::Owned(shown)
}

/// Puts JSON's own escapes for hidden characters that JSON allows raw: DEL, C1, overrides and the like.
///
/// In a JSON text they can only stand inside strings, so the value stays the same. Newlines between the parts are kept.
pub fn escape_in_json(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if is_hidden(character) && character != '\n' {
            let mut units = [0; 2];
            for unit in character.encode_utf16(&mut units) {
                // Writing to a string cannot fail.
                let _ = write!(shown, "\\u{unit:04x}");
            }
        } else {
            shown.push(character);
        }
    }
    shown
}

/// Puts the escapes of YAML's double-quoted strings for hidden characters; newlines between the parts are kept.
pub fn escape_in_yaml(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if is_hidden(character) && character != '\n' {
            // Writing to a string cannot fail.
            let _ = write!(shown, "\\U{:08x}", u32::from(character));
        } else {
            shown.push(character);
        }
    }
    shown
}

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

/// Writes a text so that it is nothing but text, between elements and in attributes with double quotes.
pub fn escape_markup(text: &str) -> String {
    let shown = escape(text);
    let mut written = String::with_capacity(shown.len() + 16);
    for character in shown.chars() {
        match character {
            '&' => written.push_str("&amp;"),
            '<' => written.push_str("&lt;"),
            '>' => written.push_str("&gt;"),
            '"' => written.push_str("&quot;"),
            '\'' => written.push_str("&#39;"),
            other => written.push(other),
        }
    }
    written
}
