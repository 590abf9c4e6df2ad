//! Errors that end a run before there is a report, for people.

use super::Style;
use super::page::{Page, Span};
use super::style::Mark;
use crate::error::Error;

/// Words an error for stderr: what happened, then the next step.
pub fn error_text(error: &Error, style: &Style) -> String {
    let mut page = Page::new(style);
    page.prose(0, 2, &[Span::marked(Mark::Bad, "error"), Span::plain(": "), Span::plain(&error.message)]);
    if let Some(hint) = &error.hint {
        page.prose(0, 2, &[Span::faint("next"), Span::plain(": "), Span::plain(hint)]);
    }
    page.finish()
}
