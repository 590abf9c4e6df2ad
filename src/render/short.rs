//! One line, or one row of a table, for each target.
//!
//! A line is a word for its weight, the target, a code where there is one, and words. Lines never break.

use super::outline::{entry, run, target, unknown};
use super::page::{self, Cell, Page, Span};
use super::style::Mark;
use super::{Reports, Style, Verbosity, human};
use crate::findings::Severity;
use crate::report::summary::decides_and_is_open;
use crate::report::{Report, ReportList, VerdictWord};

/// Draws the lines; without colour, whatever the terminal can do.
pub fn draw(reports: Reports<'_>, style: &Style) -> String {
    let style = Style { color: false, ..*style };
    let mut page = Page::new(&style);
    match reports {
        Reports::One(report) => lines(&mut page, report),
        Reports::List(list) if list.items.is_empty() => nothing(&mut page, list),
        Reports::List(list) => list.items.iter().for_each(|report| lines(&mut page, report)),
    }
    page.finish()
}

fn nothing(page: &mut Page<'_>, list: &ReportList) {
    for sample in &list.samples {
        let place = sample.namespace.as_deref().unwrap_or("all namespaces");
        page.line(0, &[Span::plain(format!("unknown {place} no pod for {}", sample.asked))]);
    }
}

fn lines(page: &mut Page<'_>, report: &Report) {
    let target = target::words(report);
    let mut line = |words: String| page.line(0, &[Span::plain(words)]);
    if report.target_gap.is_some() {
        return line(format!("unknown {target} {}", report.summary));
    }
    for cause in &report.causes {
        let weight = match (cause.suspected, cause.severity) {
            (true, _) => "suspected",
            (false, Severity::Error) => "error",
            (false, _) => "warning",
        };
        line(format!("{weight} {target} {} {}", cause.check.code, cause.summary));
    }
    match report.verdict {
        VerdictWord::Healthy => line(format!("ok {target} {}", report.summary)),
        VerdictWord::Inconclusive => {
            let open = report.checks.iter().filter(|check| decides_and_is_open(check));
            let gaps =
                open.filter_map(|check| Some((check.check.code, check.gap.as_ref()?, check.permission.as_deref())));
            for group in unknown::group(gaps) {
                line(format!("unknown {target} {} not checked: {}", entry::codes(&group.codes), group.words()));
            }
        }
        VerdictWord::Broken | VerdictWord::Degraded => {}
    }
}

/// What stands where nothing is known, as kubectl has it.
const NONE: &str = "<none>";
/// The headings, as kubectl writes them.
const HEADINGS: [&str; 6] = ["TARGET", "VERDICT", "SERVICE ACCOUNT", "ROLE", "NODE", "CAUSE"];

/// Draws one report in full, or a table of several.
pub fn draw_wide(reports: Reports<'_>, style: &Style) -> String {
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
        page.prose(0, 2, &[Span::plain(run::intro(one))]);
    }
    page.gap();
    if !list.items.is_empty() {
        let rows: Vec<[Cell; 6]> = list.items.iter().map(|item| row(item, page.style())).collect();
        page::write(page, &HEADINGS, &rows);
        page.gap();
    }
    let mark = Mark::from(list.verdict);
    let sign = page.style().sign(mark);
    let verdict = Span::marked(mark, format!("{sign} {}", list.verdict.word()));
    page.prose(0, 2, &[verdict, Span::plain(": "), Span::plain(run::sum(list))]);
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
