//! Notes: what is worth knowing and weighs nothing.

use crate::checks::Shown;
use crate::findings::Severity;
use crate::render::Verbosity;
use crate::render::style::Mark;
use crate::report::{CheckReport, Report, Status};

use super::entry::{self, Entry};
use super::{cause, finding};

/// Says the notes of the checks that are no cause; those that a cause explains stand with it.
///
/// What is true of most clusters and asks for nothing is listed with `-v` only.
pub fn entries(report: &Report, verbosity: Verbosity) -> Vec<Entry> {
    let mut entries = Vec::new();
    let is_explained = |check: &CheckReport| cause::explaining(check, report).is_some();
    let is_shown = |check: &CheckReport| check.check.shown == Shown::Always || verbosity >= Verbosity::Verbose;
    let notes = report.checks.iter().filter(|check| is_note(check) && is_shown(check) && !is_explained(check));
    for check in notes {
        for group in finding::groups(&check.findings) {
            entries.push(Entry {
                mark: Mark::NotReached,
                codes: check.check.code.to_string(),
                words: format!("note — {}", group.finding.message),
                lines: finding::lines(&group, true),
                remedies: entry::remedies(&group.remedies),
            });
        }
    }
    entries
}

/// Whether a check has nothing but notes to say.
pub fn is_note(check: &CheckReport) -> bool {
    check.status == Status::Failed && check.severity == Severity::Note
}
