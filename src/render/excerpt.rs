//! A line of a text with a part of it underlined, as compilers show where they mean.

use std::ops::Range;

use unicode_width::UnicodeWidthStr;

use super::page::{Page, Span};
use super::style::{Mark, Style};
use crate::reasoning::iam::place::line_and_column;

/// How far the numbers of lines stand in, with what is between them and the line.
const GUTTER: usize = 4;
/// What a tab is shown as.
const TAB: &str = "    ";

/// Draws the first line of a part of a text, and underlines the part in it.
///
/// A line that is longer than the page is shown around the part, with an ellipsis where it goes on.
pub fn draw(page: &mut Page<'_>, text: &str, part: &Range<usize>, mark: Mark) {
    let style = *page.style();
    let (line, _) = line_and_column(text, part.start);
    let number = line.to_string();
    let columns = style.columns().saturating_sub(GUTTER + number.len() + 3);
    let shown = Shown::new(&style, text, part).cut(columns);
    page.line(GUTTER, &[Span::faint(format!("{number} |")), Span::plain(" "), Span::plain(shown.line())]);
    let under = format!("{}{}", " ".repeat(shown.before.width()), "^".repeat(shown.part.width().max(1)));
    page.line(GUTTER + number.len() + 1, &[Span::faint("|"), Span::plain(" "), Span::marked(mark, under)]);
}

/// One line in three parts, as it is shown.
struct Shown {
    before: String,
    part: String,
    after: String,
}

impl Shown {
    fn new(style: &Style, text: &str, part: &Range<usize>) -> Self {
        let start = text[..part.start].rfind('\n').map_or(0, |newline| newline + 1);
        let end = text[part.start..].find('\n').map_or(text.len(), |length| part.start + length);
        let part_end = part.end.min(end);
        let shown = |range: Range<usize>| {
            let raw = text.get(range).unwrap_or_default().trim_end_matches('\r').replace('\t', TAB);
            style.words(&raw).into_owned()
        };
        Self { before: shown(start..part.start), part: shown(part.start..part_end), after: shown(part_end..end) }
    }

    fn line(&self) -> String {
        format!("{}{}{}", self.before, self.part, self.after)
    }

    /// The same in so many columns: the part before all, then what stands around it.
    fn cut(self, columns: usize) -> Self {
        if self.line().width() <= columns {
            return self;
        }
        // Indentation of a line that does not fit says nothing.
        let part = start_of(&self.part, columns * 2 / 3);
        let left = columns.saturating_sub(part.width());
        let before = end_of(self.before.trim_start(), left / 2);
        let after = start_of(&self.after, left.saturating_sub(before.width()));
        Self { before, part, after }
    }
}

/// The first characters of a text, with three dots where more follow.
fn start_of(text: &str, columns: usize) -> String {
    if text.width() <= columns {
        return text.to_owned();
    }
    let mut kept = String::new();
    for character in text.chars() {
        if kept.width() + 4 > columns {
            break;
        }
        kept.push(character);
    }
    kept + "..."
}

/// The last characters of a text, with three dots where more stand before.
fn end_of(text: &str, columns: usize) -> String {
    if text.width() <= columns {
        return text.to_owned();
    }
    let mut kept: Vec<char> = Vec::new();
    for character in text.chars().rev() {
        if kept.len() + 4 > columns {
            break;
        }
        kept.push(character);
    }
    format!("...{}", kept.into_iter().rev().collect::<String>())
}
