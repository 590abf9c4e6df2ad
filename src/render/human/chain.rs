//! Where the SDK in each container gets its credentials, for `-v`.

use crate::render::outline::chain;
use crate::render::page::{Page, Span};
use crate::report::Report;

/// Writes one block for each container, and below them what was measured.
pub fn write(page: &mut Page<'_>, report: &Report) {
    for block in chain::blocks(report) {
        page.gap();
        page.prose(0, 2, &[Span::strong(block.title)]);
        for row in block.rows {
            let mut spans = vec![Span::plain(row.words)];
            spans.extend(row.sdks.map(|sdks| Span::faint(format!(" — {sdks}"))));
            page.hanging_row(row.label, 2, &spans);
        }
    }
    if let Some(measured) = chain::measured(report) {
        page.prose(2, 4, &[Span::faint(measured)]);
    }
}
