//! Every check in one line, for `-v`.

use crate::render::outline::check::{self, areas};
use crate::render::page::{Page, Span};
use crate::report::{CheckReport, Report};

/// Writes all checks, area by area.
pub fn write(page: &mut Page<'_>, report: &Report) {
    for area in areas(report) {
        page.gap();
        page.line(0, &[Span::strong(area.title)]);
        for check in area.checks {
            line(page, check, report);
        }
    }
}

fn line(page: &mut Page<'_>, check: &CheckReport, report: &Report) {
    let mark = check::mark(check);
    let sign = format!("{:<width$}", page.style().sign(mark), width = if page.style().unicode { 1 } else { 2 });
    let spans = [
        Span::marked(mark, format!("{sign} {}", check.check.code)),
        Span::plain(format!("  {}", check.check.title)),
        Span::faint(check::outcome(check, report)),
    ];
    page.prose(2, 4, &spans);
    if let Some(each) = check::containers(check) {
        page.prose(11, 11, &[Span::faint(each)]);
    }
}
