//! The first line: what was diagnosed, and where.

use crate::render::Verbosity;
use crate::render::outline::target;
use crate::render::page::{Page, Span};
use crate::report::Report;

/// Writes the line; where it does not fit, it breaks between its parts.
pub fn write(page: &mut Page<'_>, report: &Report, verbosity: Verbosity) {
    let mut groups = vec![name(report)];
    for (label, value) in target::parts(report, verbosity) {
        let label = (!label.is_empty()).then(|| Span::faint(format!("{label} ")));
        groups.push(label.into_iter().chain([Span::plain(value)]).collect());
    }
    page.groups(0, 2, 3, &groups);
}

fn name(report: &Report) -> Vec<Span> {
    let mut spans: Vec<Span> = target::kind(report).map(|kind| Span::faint(format!("{kind} "))).into_iter().collect();
    spans.push(Span::strong(target::name(report)));
    spans.extend(target::remark(report).map(|remark| Span::faint(format!(" {remark}"))));
    spans
}
