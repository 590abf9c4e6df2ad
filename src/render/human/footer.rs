//! The last lines: how many checks ended how, and where to read on.

use crate::render::Verbosity;
use crate::render::page::{Page, Span};
use crate::report::summary::decides_and_is_open;
use crate::report::{Report, Status};

use super::note::is_note;
use super::words::{count, instant};

/// Writes the counts and the command that explains the first cause.
pub fn write(page: &mut Page<'_>, report: &Report, verbosity: Verbosity) {
    let mut groups = vec![vec![Span::plain(counts(report))]];
    let open = report.checks.iter().find(|check| decides_and_is_open(check)).map(|check| check.check.code);
    if let Some(code) = report.causes.first().map(|cause| cause.check.code).or(open) {
        groups.push(vec![Span::command(format!("kubectl podid explain {code}"))]);
    }
    page.groups(0, 0, 4, &groups);
    if verbosity >= Verbosity::Verbose {
        page.prose(0, 0, &[Span::faint(collected(report))]);
    }
    for effect in &report.side_effects {
        page.prose(0, 2, &[Span::plain(format!("left behind: {effect}"))]);
    }
}

fn counts(report: &Report) -> String {
    let notes = report.checks.iter().filter(|check| is_note(check)).count();
    let with = |status: Status| report.checks.iter().filter(|check| check.status == status).count();
    let counts = [
        (with(Status::Passed), "passed"),
        (with(Status::Failed) - notes, "failed"),
        (with(Status::Skipped), "skipped"),
        (with(Status::Unknown), "unknown"),
        (with(Status::NotApplicable), "not applicable"),
        (notes, if notes == 1 { "note" } else { "notes" }),
    ];
    let words: Vec<String> =
        counts.iter().filter(|(number, _)| *number > 0).map(|(number, word)| format!("{number} {word}")).collect();
    words.join(" · ")
}

fn collected(report: &Report) -> String {
    format!(
        "read at {} in {} ms with {} to Kubernetes and {} to AWS",
        instant(report.collected_at),
        report.duration_ms,
        count(report.requests.kubernetes as usize, "request"),
        report.requests.aws
    )
}
