//! The one way from reports and errors to text: which renderer a format stands for.

use super::page::{Page, Span};
use super::style::Mark;
use super::{Style, html, human, json, junit, markdown, short, yaml};
use crate::error::Error;
use crate::report::{Report, ReportList};

/// What comes out. What stands above a variant is what help says of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[cfg_attr(feature = "plugin", derive(clap::ValueEnum))]
pub enum Format {
    /// Human-readable (default)
    #[default]
    Table,
    /// The same with everything that is known; several targets as rows
    Wide,
    /// Only problems, one per line
    Short,
    /// One document
    Json,
    /// The same document
    Yaml,
    /// For a ticket
    Markdown,
    /// One page that needs no network, for an incident document
    Html,
    /// A test case for each check, for a pipeline
    Junit,
}

/// How a format is drawn.
struct Drawing {
    /// Draws reports; the text ends with a newline.
    reports: fn(&Rendering<'_>, &Style, Verbosity) -> String,
    /// Draws the error that ended a run, where nothing but the document may go to stdout.
    error: Option<fn(&Error) -> String>,
}

impl Format {
    fn drawing(self) -> Drawing {
        match self {
            Self::Table => {
                Drawing { reports: |all, style, volume| human::draw(all.reports, style, volume), error: None }
            }
            Self::Wide => Drawing { reports: |all, style, _| short::draw_wide(all.reports, style), error: None },
            Self::Short => Drawing { reports: |all, style, _| short::draw(all.reports, style), error: None },
            Self::Json => Drawing { reports: |all, _, _| json::draw(all), error: Some(json::error) },
            Self::Yaml => Drawing { reports: |all, _, _| yaml::draw(all), error: Some(yaml::error) },
            Self::Markdown => {
                Drawing { reports: |all, _, volume| markdown::draw(all, volume), error: Some(markdown::error) }
            }
            Self::Html => Drawing { reports: |all, _, volume| html::draw(all, volume), error: Some(html::error) },
            Self::Junit => Drawing { reports: |all, _, _| junit::draw(all), error: Some(junit::error) },
        }
    }

    /// Whether nothing but the document may go to stdout.
    pub fn is_machine(self) -> bool {
        self.drawing().error.is_some()
    }
}

/// How much is said to people.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verbosity {
    /// No notes.
    Quiet,
    /// What is wrong, what is not known, and notes.
    #[default]
    Normal,
    /// Every check, and the words in which a server refused.
    Verbose,
}

/// What is drawn.
#[derive(Debug, Clone, Copy)]
pub struct Rendering<'a> {
    /// The diagnoses.
    pub reports: Reports<'a>,
    /// The version of this binary.
    pub tool_version: &'a str,
}

/// One diagnosis, or a list of any length.
#[derive(Debug, Clone, Copy)]
pub enum Reports<'a> {
    /// Of one pod or service account.
    One(&'a Report),
    /// Of a workload, a selector or several names.
    List(&'a ReportList),
}

/// Draws reports in a format; the text ends with a newline.
pub fn render(rendering: &Rendering<'_>, format: Format, style: &Style, verbosity: Verbosity) -> String {
    (format.drawing().reports)(rendering, style, verbosity)
}

/// The document that stands on stdout instead of a report; `None` in formats for people.
pub fn error_document(error: &Error, format: Format) -> Option<String> {
    format.drawing().error.map(|draw| draw(error))
}

/// Words an error for stderr: what happened, then the next step.
pub fn error_text(error: &Error, style: &Style) -> String {
    let mut page = Page::new(style);
    page.prose(0, 2, &[Span::marked(Mark::Bad, "error"), Span::plain(": "), Span::plain(&error.message)]);
    if let Some(hint) = &error.hint {
        page.prose(0, 2, &[Span::faint("next"), Span::plain(": "), Span::plain(hint)]);
    }
    page.finish()
}
