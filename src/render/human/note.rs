//! Notes: what is worth knowing and weighs nothing.

use crate::checks::Severity;
use crate::render::page::{Page, Span};
use crate::render::style::Mark;
use crate::report::{CheckReport, Report, Status};

use super::finding;

/// Writes the notes of the checks that are no cause; those of a cause stand with it.
pub fn write(page: &mut Page<'_>, report: &Report) {
    for check in report.checks.iter().filter(|check| is_note(check)) {
        page.gap();
        let sign = page.style().sign(Mark::NotReached);
        let spans = [
            Span::marked(Mark::NotReached, format!("{sign} {}", check.check.code)),
            Span::plain("  note — "),
            Span::plain(check.check.title),
        ];
        page.prose(0, 2, &spans);
        for group in finding::groups(&check.findings) {
            page.prose(2, 2, &[Span::plain(&group.finding.message)]);
            finding::write(page, &group, true);
            finding::remedies(page, &group.remedies);
        }
    }
}

/// Whether a check has nothing but notes to say.
pub fn is_note(check: &CheckReport) -> bool {
    check.status == Status::Failed && check.severity == Severity::Note
}
