//! Several reports: how many of how many, each of them, and a sum.

use super::report;
use crate::render::Verbosity;
use crate::render::outline::run;
use crate::render::page::{Page, Span};
use crate::render::style::Mark;
use crate::report::ReportList;

/// Writes a list of reports.
pub fn write(page: &mut Page<'_>, list: &ReportList, verbosity: Verbosity) {
    for one in &list.samples {
        page.prose(0, 2, &[Span::plain(run::intro(one))]);
    }
    for (index, (item, earlier)) in run::with_earlier(list).enumerate() {
        page.gap();
        if index > 0 {
            rule(page);
            page.gap();
        }
        match earlier {
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
