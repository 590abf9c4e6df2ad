//! What a run came to: how many checks and targets ended how.

use super::entry::{count, instant};
use super::finding::is_note;
use crate::render::Verbosity;
use crate::report::summary::decides_and_is_open;
use crate::report::{Report, ReportList, Sample, Status, VerdictWord};

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

/// Says what was asked for and how much of it was looked at.
pub fn intro(sample: &Sample) -> String {
    let place =
        sample.namespace.as_ref().map_or_else(|| "all namespaces".to_owned(), |name| format!("namespace {name}"));
    let Sample { asked, judged, total, .. } = sample;
    let words = match (*judged, *total) {
        (0, 0) if sample.left_out > 0 => format!("no pod for {asked} in {place} is to have an identity"),
        (0, 0) => format!("no pod for {asked} in {place}"),
        (_, 0) => format!("no pod for {asked} in {place}, so its template is judged"),
        (judged, total) if judged == total => format!("{} for {asked} in {place}", count(total, "pod")),
        (judged, total) => format!("{judged} of {} for {asked} in {place}", count(total, "pod")),
    };
    let rule = if sample.is_sample {
        ", one for each owner, node, service account and state; --all-pods judges all"
    } else {
        ""
    };
    let others = match sample.left_out {
        0 => String::new(),
        number => format!(" ({} without association, annotation or variables)", count(number, "more pod")),
    };
    format!("{words}{others}{rule}")
}

/// Says how many targets had which verdict.
pub fn sum(list: &ReportList) -> String {
    let of_each = [VerdictWord::Broken, VerdictWord::Inconclusive, VerdictWord::Degraded, VerdictWord::Healthy]
        .into_iter()
        .map(|verdict| (list.items.iter().filter(|item| item.verdict == verdict).count(), verdict))
        .filter(|(number, _)| *number > 0)
        .map(|(number, verdict)| format!("{number} {}", verdict.word()));
    match list.items.len() {
        0 => "nothing was judged".to_owned(),
        number => format!("{} of {}", of_each.collect::<Vec<_>>().join(" · "), count(number, "target")),
    }
}
