//! Several targets: how many of how many, and how many had which verdict.

use crate::report::{Report, ReportList, Sample, VerdictWord};

use super::count::count;

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
