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
    match (*judged, *total) {
        (0, 0) => format!("no pod for {asked} in {place}"),
        (_, 0) => format!("no pod for {asked} in {place}, so its template is judged"),
        (judged, total) if judged == total => format!("{} for {asked} in {place}", count(total, "pod")),
        (judged, total) => format!("{judged} of {} for {asked} in {place}", count(total, "pod")),
    }
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

/// The reports, each with an earlier one that says the same, if there is one.
pub fn with_earlier(list: &ReportList) -> impl Iterator<Item = (&Report, Option<&Report>)> {
    list.items
        .iter()
        .enumerate()
        .map(|(index, item)| (item, list.items[..index].iter().find(|earlier| reads_the_same(earlier, item))))
}

/// Whether a reader who has read one report learns nothing from the other: the same causes, fixes and statuses.
fn reads_the_same(one: &Report, other: &Report) -> bool {
    let statuses = |report: &Report| report.checks.iter().map(|check| check.status).collect::<Vec<_>>();
    !one.causes.is_empty() && one.causes == other.causes && statuses(one) == statuses(other)
}
