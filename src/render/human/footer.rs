//! The last lines: how many checks ended how, and where to read on.

use crate::render::Verbosity;
use crate::render::outline::run;
use crate::render::page::{Page, Span};
use crate::report::Report;

/// Writes the counts and the command that explains the first cause.
pub fn write(page: &mut Page<'_>, report: &Report, verbosity: Verbosity) {
    let mut groups = vec![vec![Span::plain(run::counts(report, verbosity))]];
    groups.extend(run::explained_by(report).map(|command| vec![Span::command(command)]));
    page.groups(0, 0, 4, &groups);
    if verbosity >= Verbosity::Verbose {
        page.prose(0, 0, &[Span::faint(run::collected(report))]);
    }
    for effect in &report.side_effects {
        page.prose(0, 2, &[Span::plain(format!("left behind: {effect}"))]);
    }
}
