//! Only problems, one per line, for `grep`, a chat or a prompt.
//!
//! A line is a word for its weight, the target, a code where there is one, and words. Lines never break.

use crate::findings::Severity;
use crate::report::summary::decides_and_is_open;
use crate::report::{Report, ReportList, VerdictWord};

use super::outline::{count, target, unknown};
use super::page::{Page, Span};
use super::{Reports, Style};

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
                line(format!("unknown {target} {} not checked: {}", count::codes(&group.codes), group.words()));
            }
        }
        VerdictWord::Broken | VerdictWord::Degraded => {}
    }
}
