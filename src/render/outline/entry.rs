//! One thing that a report says: a cause, an open question or a note, with its rows, counts and what can be done.

use jiff::Timestamp;

use crate::checks::Code;
use crate::findings::Part;
use crate::render::style::Mark;
use crate::report::ReportRemediation;

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

/// One thing that a report says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What it is.
    pub mark: Mark,
    /// The codes of its checks, with a space between them.
    pub codes: String,
    /// What is said, in one phrase; it begins with a dash where the codes are what it is about.
    pub words: String,
    /// What it rests on.
    pub lines: Vec<Line>,
    /// What a person can do, in the order in which it is to be done.
    pub remedies: Vec<Remedy>,
}

/// A line below the phrase of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// A phrase of its own; the rows behind it belong to it.
    Says(String),
    /// A label and what stands beside it.
    Row(Row),
}

/// A label and what stands beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The label; rows that follow each other may have the same one.
    pub label: &'static str,
    /// What stands beside it.
    pub words: String,
    /// The call that told; only values that were read have one.
    pub source: Option<&'static str>,
    /// Whether a short page leaves it out: what should be there, and values beyond the first ones.
    pub is_detail: bool,
}

/// What a person can do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remedy {
    /// `fix`, `then` or `or`.
    pub label: &'static str,
    /// What it does.
    pub does: String,
    /// The command, in one piece.
    pub command: Option<String>,
    /// What it changes; may be empty.
    pub changes: String,
    /// Its part: a short page names a choice and leaves its steps out.
    pub part: Part,
}

impl Line {
    /// A row.
    pub fn row(label: &'static str, words: impl Into<String>) -> Self {
        Self::Row(Row { label, words: words.into(), source: None, is_detail: false })
    }

    /// A row that a short page leaves out.
    pub fn detail(label: &'static str, words: impl Into<String>) -> Self {
        Self::Row(Row { label, words: words.into(), source: None, is_detail: true })
    }
}

/// Labels what a person can do: first a fix, then what follows it or what can be done instead.
pub fn remedies(list: &[ReportRemediation]) -> Vec<Remedy> {
    let label = |(index, remedy): (usize, &ReportRemediation)| {
        let ReportRemediation { does, command, changes, part } = remedy.clone();
        let (label, part) = match (index, part) {
            // What stands first is the fix, whatever it was made for: a short page never leaves it out.
            (0, _) => ("fix", Part::Step),
            (_, Part::Or) => ("or", part),
            (_, Part::Step | Part::OrStep) => ("then", part),
        };
        Remedy { label, does, command, changes, part }
    };
    list.iter().enumerate().map(label).collect()
}
