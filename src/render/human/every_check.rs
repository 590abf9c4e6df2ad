//! Every check in one line, for `-v`.

use crate::checks::AREAS;
use crate::render::page::{Page, Span};
use crate::render::style::Mark;
use crate::report::{CheckReport, Report, Status};

use super::{cause, note};

/// Writes all checks, area by area.
pub fn write(page: &mut Page<'_>, report: &Report) {
    for area in AREAS {
        let checks: Vec<&CheckReport> = report.checks.iter().filter(|check| check.check.area() == area.name).collect();
        if checks.is_empty() {
            continue;
        }
        page.gap();
        page.line(0, &[Span::strong(area.title)]);
        for check in checks {
            line(page, check, report);
        }
    }
}

fn line(page: &mut Page<'_>, check: &CheckReport, report: &Report) {
    let mark = match check.status {
        Status::Passed => Mark::Good,
        Status::Failed => cause::mark(check.severity),
        Status::Unknown => Mark::Unknown,
        Status::Skipped | Status::NotApplicable => Mark::NotReached,
    };
    let sign = format!("{:<width$}", page.style().sign(mark), width = if page.style().unicode { 1 } else { 2 });
    let spans = [
        Span::marked(mark, format!("{sign} {}", check.check.code)),
        Span::plain(format!("  {}", check.check.title)),
        Span::faint(outcome(check, report)),
    ];
    page.prose(2, 4, &spans);
    let containers = check.containers.as_deref().unwrap_or_default();
    if containers.iter().any(|container| container.status != check.status) {
        let each = containers.iter().map(|one| format!("{} {}", one.name, words(one.status)));
        page.prose(11, 11, &[Span::faint(each.collect::<Vec<_>>().join(" · "))]);
    }
}

fn words(status: Status) -> &'static str {
    match status {
        Status::NotApplicable => "not applicable",
        other => other.word(),
    }
}

/// What the mark does not say.
fn outcome(check: &CheckReport, report: &Report) -> String {
    let reason = check.reason.as_deref().unwrap_or_default();
    match check.status {
        Status::Passed => check.observed.as_ref().map_or_else(String::new, |seen| format!(" — {seen}")),
        Status::Failed if note::is_note(check) => " — a note".to_owned(),
        Status::Failed => {
            let symptom = report.causes.iter().find(|cause| cause.explains.contains(&check.check.code));
            symptom.map_or_else(|| " — failed".to_owned(), |cause| format!(" — failed because of {}", cause.check.code))
        }
        Status::Unknown => " — not checked".to_owned(),
        Status::Skipped => format!(" — skipped: {reason}"),
        Status::NotApplicable => format!(" — not applicable: {reason}"),
    }
}
