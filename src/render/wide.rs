//! `-o wide`: for one target everything that is known, for several a row each with more columns.

use crate::report::{Report, ReportList};

use super::columns::{self, Cell};
use super::outline::{sample, target};
use super::page::{Page, Span};
use super::style::Mark;
use super::{Reports, Style, Verbosity, human};

/// What stands where nothing is known, as kubectl has it.
const NONE: &str = "<none>";
/// The headings, as kubectl writes them.
const HEADINGS: [&str; 6] = ["TARGET", "VERDICT", "SERVICE ACCOUNT", "ROLE", "NODE", "CAUSE"];

/// Draws one report in full, or a table of several.
pub fn draw(reports: Reports<'_>, style: &Style) -> String {
    match reports {
        Reports::One(_) => human::draw(reports, style, Verbosity::Verbose),
        Reports::List(list) => {
            let mut page = Page::new(style);
            table(&mut page, list);
            page.finish()
        }
    }
}

fn table(page: &mut Page<'_>, list: &ReportList) {
    for one in &list.samples {
        page.prose(0, 2, &[Span::plain(sample::intro(one))]);
    }
    page.gap();
    if !list.items.is_empty() {
        let rows: Vec<[Cell; 6]> = list.items.iter().map(|item| row(item, page.style())).collect();
        columns::write(page, HEADINGS, &rows);
        page.gap();
    }
    let mark = Mark::from(list.verdict);
    let sign = page.style().sign(mark);
    let verdict = Span::marked(mark, format!("{sign} {}", list.verdict.word()));
    page.prose(0, 2, &[verdict, Span::plain(": "), Span::plain(sample::sum(list))]);
}

/// The cells of one target; the cause comes last, because it may be long.
fn row(report: &Report, style: &Style) -> [Cell; 6] {
    let cause = match report.causes.first() {
        None => report.summary.clone(),
        Some(first) => format!("{} {}", first.check.code, report.summary),
    };
    let mark = Mark::from(report.verdict);
    let verdict = format!("{} {}", style.sign(mark), report.verdict.word());
    let known = |value: &Option<String>| (value.clone().unwrap_or_else(|| NONE.to_owned()), None);
    let account = known(&report.target.service_account);
    let (role, node) = (known(&report.association.role_arn), known(&report.target.node));
    [(target::words(report), None), (verdict, Some(mark)), account, role, node, (cause, None)]
}
