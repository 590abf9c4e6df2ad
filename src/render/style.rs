//! What a terminal can show: marks, colours, columns.
//!
//! Marks always stand with words, and a colour only repeats what a mark or a word says.

use std::borrow::Cow;

use owo_colors::OwoColorize;

use super::escape::{escape, to_ascii};
use crate::report::{Report, VerdictWord};

/// The narrowest page that is still drawn for; a terminal below that breaks lines itself.
const NARROWEST: usize = 40;
/// The widest lines of prose: longer ones are hard to follow.
const WIDEST_PROSE: usize = 120;

/// What a terminal can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Whether colours are wanted.
    pub color: bool,
    /// Whether signs beyond ASCII can be shown.
    pub unicode: bool,
    /// The number of columns.
    pub width: usize,
}

/// How a piece of text is meant, for colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paint {
    /// As it is.
    Plain,
    /// A name that one looks for.
    Strong,
    /// A label, or something in the background.
    Faint,
    /// Something to paste.
    Command,
    /// As a mark.
    Mark(Mark),
}

/// What is said about a check, an area or a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// It holds.
    Good,
    /// A warning.
    Warning,
    /// It does not hold.
    Bad,
    /// Not known.
    Unknown,
    /// It seems to hold, and something that decides was not judged.
    Unproven,
    /// Not reached, or not judged.
    NotReached,
}

impl Style {
    /// The columns that can be used.
    pub fn columns(&self) -> usize {
        self.width.max(NARROWEST)
    }

    /// The columns that prose uses.
    pub fn prose_columns(&self) -> usize {
        self.columns().min(WIDEST_PROSE)
    }

    /// Makes a text safe to show, and showable.
    pub fn words<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let shown = escape(text);
        if self.unicode { shown } else { Cow::Owned(to_ascii(&shown).into_owned()) }
    }

    /// The sign of a mark.
    pub fn sign(&self, mark: Mark) -> &'static str {
        match (mark, self.unicode) {
            (Mark::Good, true) => "✓",
            (Mark::Good, false) => "ok",
            (Mark::Warning, _) => "!",
            (Mark::Bad, true) => "✗",
            (Mark::Bad, false) => "X",
            (Mark::Unknown, _) => "?",
            (Mark::Unproven, _) => "~",
            (Mark::NotReached, true) => "·",
            (Mark::NotReached, false) => "-",
        }
    }

    /// What joins the links of the path.
    pub fn joint(&self) -> &'static str {
        if self.unicode { "──" } else { "--" }
    }

    /// What stands for words that do not fit.
    pub fn ellipsis(&self) -> &'static str {
        if self.unicode { "…" } else { "..." }
    }

    /// Colours a text, if colours are wanted.
    pub fn paint(&self, text: &str, paint: Paint) -> String {
        if !self.color || text.is_empty() {
            return text.to_owned();
        }
        match paint {
            Paint::Plain => text.to_owned(),
            Paint::Strong => text.bold().to_string(),
            Paint::Faint | Paint::Mark(Mark::NotReached) => text.dimmed().to_string(),
            Paint::Command => text.cyan().to_string(),
            Paint::Mark(Mark::Good) => text.green().bold().to_string(),
            Paint::Mark(Mark::Warning | Mark::Unproven) => text.yellow().bold().to_string(),
            Paint::Mark(Mark::Bad) => text.red().bold().to_string(),
            Paint::Mark(Mark::Unknown) => text.magenta().bold().to_string(),
        }
    }
}

impl From<VerdictWord> for Mark {
    fn from(verdict: VerdictWord) -> Self {
        match verdict {
            VerdictWord::Healthy => Self::Good,
            VerdictWord::Degraded => Self::Warning,
            VerdictWord::Inconclusive => Self::Unknown,
            VerdictWord::Broken => Self::Bad,
        }
    }
}

impl From<&Report> for Mark {
    fn from(report: &Report) -> Self {
        match report.verdict {
            VerdictWord::Healthy if !report.is_proven => Self::Unproven,
            verdict => Self::from(verdict),
        }
    }
}
