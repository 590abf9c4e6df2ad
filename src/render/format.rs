//! The one way from reports to text: which renderer a format stands for.

use super::{Style, html, human, json, junit, markdown, short, yaml};
use crate::report::{Report, ReportList};

/// What comes out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Format {
    /// For people.
    #[default]
    Table,
    /// For people, with everything that is known.
    Wide,
    /// What is wrong, a line each.
    Short,
    /// The document `podid/v1`.
    Json,
    /// The same document as YAML.
    Yaml,
    /// For a ticket.
    Markdown,
    /// A page that needs nothing but itself.
    Html,
    /// A test case for each check.
    Junit,
}

impl Format {
    /// Whether nothing but the document may go to stdout.
    pub fn is_machine(self) -> bool {
        !matches!(self, Self::Table | Self::Wide | Self::Short)
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
    match format {
        Format::Table => human::draw(rendering.reports, style, verbosity),
        Format::Wide => short::draw_wide(rendering.reports, style),
        Format::Short => short::draw(rendering.reports, style),
        Format::Json => json::draw(rendering),
        Format::Yaml => yaml::draw(rendering),
        Format::Markdown => markdown::draw(rendering, verbosity),
        Format::Html => html::draw(rendering, verbosity),
        Format::Junit => junit::draw(rendering),
    }
}
