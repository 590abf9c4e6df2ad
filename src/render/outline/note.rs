//! Notes: what is worth knowing and weighs nothing.

use crate::checks::Severity;
use crate::render::style::Mark;
use crate::report::{CheckReport, Report, Status};

use super::entry::{self, Entry};
use super::finding;

/// Says the notes of the checks that are no cause; those of a cause stand with it.
pub fn entries(report: &Report) -> Vec<Entry> {
    let mut entries = Vec::new();
    for check in report.checks.iter().filter(|check| is_note(check)) {
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
