//! Lists of codes, counts and instants in words.

use jiff::Timestamp;

use crate::checks::Code;

/// Codes with a space between them: nothing sticks to a code, so that it can be copied.
pub fn codes(codes: &[Code]) -> String {
    let words: Vec<String> = codes.iter().map(Code::to_string).collect();
    words.join(" ")
}

/// A count with its thing: `1 pod`, `3 pods`.
pub fn count(number: usize, thing: &str) -> String {
    if number == 1 { format!("1 {thing}") } else { format!("{number} {thing}s") }
}

/// An instant for people: `2026-11-20 14:07:11 UTC`.
pub fn instant(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// A value as it was read, but with instants for people.
pub fn value(text: &str) -> String {
    text.parse::<Timestamp>().map_or_else(|_| text.to_owned(), instant)
}
