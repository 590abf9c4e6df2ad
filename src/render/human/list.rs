//! Several reports: how many of how many, each of them, and a sum.

use crate::render::Verbosity;
use crate::render::page::{Page, Span};
use crate::render::style::Mark;
use crate::report::{Report, ReportList, Sample, VerdictWord};

use super::report;
use super::words::count;

/// Writes a list of reports.
pub fn write(page: &mut Page<'_>, list: &ReportList, verbosity: Verbosity) {
    for sample in &list.samples {
        page.prose(0, 2, &[Span::plain(intro(sample))]);
    }
    for (index, item) in list.items.iter().enumerate() {
        page.gap();
        if index > 0 {
            rule(page);
            page.gap();
        }
        match list.items[..index].iter().find(|earlier| reads_the_same(earlier, item)) {
            Some(earlier) if verbosity < Verbosity::Verbose => report::write_as(page, item, earlier, verbosity),
            _ => report::write(page, item, verbosity),
        }
    }
    page.gap();
    if list.items.len() > 1 {
        rule(page);
    }
    sum(page, list);
}

/// Whether a reader who has read one report learns nothing from the other: the same causes, fixes and statuses.
fn reads_the_same(one: &Report, other: &Report) -> bool {
    let statuses = |report: &Report| report.checks.iter().map(|check| check.status).collect::<Vec<_>>();
    !one.causes.is_empty() && one.causes == other.causes && statuses(one) == statuses(other)
}

fn intro(sample: &Sample) -> String {
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

fn rule(page: &mut Page<'_>) {
    let style = page.style();
    let width = style.prose_columns().min(80);
    let line = if style.unicode { "─" } else { "-" }.repeat(width);
    page.line(0, &[Span::faint(line)]);
}

/// One line: the worst verdict, and how many had which.
fn sum(page: &mut Page<'_>, list: &ReportList) {
    let mark = Mark::from(list.verdict);
    let sign = page.style().sign(mark);
    let of_each = [VerdictWord::Broken, VerdictWord::Inconclusive, VerdictWord::Degraded, VerdictWord::Healthy]
        .into_iter()
        .map(|verdict| (list.items.iter().filter(|item| item.verdict == verdict).count(), verdict))
        .filter(|(number, _)| *number > 0)
        .map(|(number, verdict)| format!("{number} {}", verdict.word()));
    let words = match list.items.len() {
        0 => "nothing was judged".to_owned(),
        number => format!("{} of {}", of_each.collect::<Vec<_>>().join(" · "), count(number, "target")),
    };
    let spans = [Span::marked(mark, format!("{sign} {}", list.verdict.word())), Span::plain(": "), Span::plain(words)];
    page.prose(0, 2, &spans);
}
