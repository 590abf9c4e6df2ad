//! Several targets: how many of how many, and how many had which verdict.

use crate::report::{ReportList, Sample, VerdictWord};

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
