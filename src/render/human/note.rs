//! Notes: what is worth knowing and weighs nothing.

use crate::checks::Severity;
use crate::render::page::{Page, Span};
use crate::render::style::Mark;
use crate::report::{CheckReport, Report, Status};

use super::finding;

/// Writes the notes of the checks that are no cause; those of a cause stand with it.
pub fn write(page: &mut Page<'_>, report: &Report) {
    let sign = page.style().sign(Mark::NotReached);
    for check in report.checks.iter().filter(|check| is_note(check)) {
        for group in finding::groups(&check.findings) {
            page.gap();
            let spans = [
                Span::marked(Mark::NotReached, format!("{sign} {}", check.check.code)),
                Span::plain(format!("  note — {}", group.finding.message)),
            ];
            page.prose(0, 2, &spans);
            finding::write(page, &group, true);
            finding::remedies(page, &group.remedies);
        }
    }
}

/// Whether a check has nothing but notes to say.
pub fn is_note(check: &CheckReport) -> bool {
    check.status == Status::Failed && check.severity == Severity::Note
}
