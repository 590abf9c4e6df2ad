//! Errors that end a run before there is a report: for people on stderr, for machines as a document too.

use super::json::v1;
use super::page::{Page, Span};
use super::style::Mark;
use super::{Format, Style, html, json, junit, markdown, yaml};
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

/// The document that stands on stdout instead of a report; `None` in formats for people.
pub fn error_document(error: &Error, format: Format) -> Option<String> {
    let document = v1::Error::from(error);
    match format {
        Format::Json => Some(json::text(&document)),
        Format::Yaml => Some(yaml::text(&document)),
        Format::Markdown => Some(markdown::error(error)),
        Format::Html => Some(html::error(error)),
        Format::Junit => Some(junit::error(error)),
        Format::Table | Format::Wide | Format::Short => None,
    }
}
