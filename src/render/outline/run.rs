//! What a run came to: how many checks ended how, when it was read, and where to read on.

use crate::render::Verbosity;
use crate::report::summary::decides_and_is_open;
use crate::report::{Report, Status};

use super::count::{count, instant};
use super::note::is_note;

/// Says how many checks ended how; those that decide nothing here are counted in full only with `-v`.
pub fn counts(report: &Report, verbosity: Verbosity) -> String {
    let in_full = verbosity >= Verbosity::Verbose;
    let notes = report.checks.iter().filter(|check| is_note(check)).count();
    let with = |status: Status| report.checks.iter().filter(|check| check.status == status).count();
    let counts = [
        (with(Status::Passed), "passed"),
        (with(Status::Failed) - notes, "failed"),
        (with(Status::Unknown), "unknown"),
        (with(Status::Skipped), "skipped"),
        (with(Status::NotApplicable), "not applicable"),
        (notes, if notes == 1 { "note" } else { "notes" }),
    ];
    let shown = counts.iter().take(if in_full { counts.len() } else { 3 });
    let words: Vec<String> =
        shown.filter(|(number, _)| *number > 0).map(|(number, word)| format!("{number} {word}")).collect();
    words.join(" · ")
}

/// Says when and how the evidence was read.
pub fn collected(report: &Report) -> String {
    format!(
        "read at {} in {} ms with {} to Kubernetes and {} to AWS",
        instant(report.collected_at),
        report.duration_ms,
        count(report.requests.kubernetes as usize, "request"),
        report.requests.aws
    )
}

/// The command that explains the first cause, or the first open question.
pub fn explained_by(report: &Report) -> Option<String> {
    let open = report.checks.iter().find(|check| decides_and_is_open(check)).map(|check| check.check.code);
    let code = report.causes.first().map(|cause| cause.check.code).or(open)?;
    Some(format!("kubectl podid explain {code}"))
}
