//! Several reports: how many of how many, each answer once with whom it is about, and a sum.

use super::report;
use crate::render::Verbosity;
use crate::render::outline::group::{Group, groups};
use crate::render::outline::run;
use crate::render::page::{Page, Span};
use crate::render::style::Mark;
use crate::report::ReportList;

/// Writes a list of reports.
pub fn write(page: &mut Page<'_>, list: &ReportList, verbosity: Verbosity) {
    for one in &list.samples {
        page.prose(0, 2, &[Span::plain(run::intro(one))]);
    }
    let groups = groups(list, verbosity);
    // Where each says something of its own, the pages follow at once.
    if groups.len() < list.items.len() {
        page.gap();
        for group in &groups {
            overview(page, group);
        }
    }
    for (index, group) in groups.iter().enumerate() {
        page.gap();
        if index > 0 || groups.len() < list.items.len() {
            rule(page);
            page.gap();
        }
        report::write(page, group.first(), verbosity);
        if let Some(others) = group.others() {
            page.prose(0, 2, &[Span::faint(others)]);
        }
    }
    page.gap();
    if list.items.len() > 1 {
        rule(page);
    }
    sum(page, list);
}

/// One answer, and below it whom it is about.
fn overview(page: &mut Page<'_>, group: &Group<'_>) {
    let mark = Mark::from(group.first());
    let sign = page.style().sign(mark);
    let words = group.words().map(|words| format!(": {words}")).unwrap_or_default();
    page.prose(0, 2, &[Span::marked(mark, format!("{sign} {}", group.number())), Span::plain(words)]);
    let names: Vec<Vec<Span>> = group.names().into_iter().map(|name| vec![Span::plain(name)]).collect();
    page.groups(4, 4, 1, &names);
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
    let verdict = Span::marked(mark, format!("{sign} {}", list.verdict.word()));
    page.prose(0, 2, &[verdict, Span::plain(": "), Span::plain(run::sum(list))]);
}
