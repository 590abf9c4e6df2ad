//! Every check in one phrase, area by area.

use super::{cause, finding};
use crate::checks::AREAS;
use crate::render::style::Mark;
use crate::report::{CheckReport, Report, Status};

/// A link of the chain with its checks.
pub struct Area<'r> {
    /// The word for it.
    pub title: &'static str,
    /// Its checks.
    pub checks: Vec<&'r CheckReport>,
}

/// The areas that have checks, in the order of the chain.
pub fn areas(report: &Report) -> Vec<Area<'_>> {
    let of = |name: &str| report.checks.iter().filter(|check| check.check.area.name == name).collect::<Vec<_>>();
    let areas = AREAS.iter().map(|area| Area { title: area.title, checks: of(area.name) });
    areas.filter(|area| !area.checks.is_empty()).collect()
}

/// The mark of a check.
pub fn mark(check: &CheckReport) -> Mark {
    match check.status {
        Status::Passed => Mark::Good,
        Status::Failed => cause::mark(check.severity),
        Status::Unknown => Mark::Unknown,
        Status::Skipped | Status::NotApplicable => Mark::NotReached,
    }
}

/// What the mark does not say; it goes on behind the title and may be empty.
pub fn outcome(check: &CheckReport, report: &Report) -> String {
    let reason = check.reason.as_deref().unwrap_or_default();
    match check.status {
        Status::Passed => check.observed.as_ref().map_or_else(String::new, |seen| format!(" — {seen}")),
        Status::Failed if finding::is_note(check) => " — a note".to_owned(),
        Status::Failed => cause::explaining(check, report)
            .map_or_else(|| " — failed".to_owned(), |cause| format!(" — failed because of {}", cause.check.code)),
        Status::Unknown => " — not checked".to_owned(),
        Status::Skipped => format!(" — skipped: {reason}"),
        Status::NotApplicable => format!(" — not applicable: {reason}"),
    }
}

/// How it ended for each container, where it did not end the same for all.
pub fn containers(check: &CheckReport) -> Option<String> {
    let containers = check.containers.as_deref().unwrap_or_default();
    let differs = containers.iter().any(|container| container.status != check.status);
    let each = || containers.iter().map(|one| format!("{} {}", one.name, words(one.status))).collect::<Vec<_>>();
    differs.then(|| each().join(" · "))
}

fn words(status: Status) -> &'static str {
    match status {
        Status::NotApplicable => "not applicable",
        other => other.word(),
    }
}
