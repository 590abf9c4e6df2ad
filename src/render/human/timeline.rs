//! What happened when, for `-v`: one line for each moment.

use crate::render::outline::timeline;
use crate::render::page::{Page, Span};
use crate::report::Report;

/// The width of the column of distances.
const DISTANCE: usize = 6;

/// Writes the timeline; nothing where no time is known.
pub fn write(page: &mut Page<'_>, report: &Report) {
    if report.timeline.is_empty() {
        return;
    }
    page.gap();
    page.line(0, &[Span::strong("timeline")]);
    for moment in timeline::lines(report) {
        let spans = [
            Span::plain(moment.time),
            Span::faint(format!(" {:>DISTANCE$}", moment.distance)),
            Span::plain(format!("  {}", moment.words)),
            Span::faint(format!("  {}", moment.source)),
        ];
        page.prose(2, 6, &spans);
    }
}
