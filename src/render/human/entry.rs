//! An entry on a terminal: its mark and codes, its rows, its commands.

use crate::render::outline::{Entry, Line, Remedy, Row};
use crate::render::page::{Page, Span};

/// Writes an entry with everything that belongs to it.
pub fn write(page: &mut Page<'_>, entry: &Entry) {
    let sign = page.style().sign(entry.mark);
    let apart = if entry.words.starts_with('—') { " " } else { "  " };
    let codes = Span::marked(entry.mark, format!("{sign} {}", entry.codes));
    let spans = [codes, Span::plain(format!("{apart}{}", entry.words))];
    page.prose(0, 2, &spans);
    let mut above = "";
    for line in &entry.lines {
        above = match line {
            Line::Says(words) => {
                page.prose(2, 2, &[Span::plain(words)]);
                ""
            }
            Line::Row(one) => {
                row(page, one, one.label == above);
                one.label
            }
        };
    }
    for one in &entry.remedies {
        remedy(page, one);
    }
}

/// Writes a row; a label that stands above already is not said again.
fn row(page: &mut Page<'_>, row: &Row, continues: bool) {
    let label = if continues { "" } else { row.label };
    let words = Span::plain(&row.words);
    match row.source {
        Some(source) => page.hanging_row(label, 2, &[words, Span::faint(format!("  {source}"))]),
        None => page.row(label, &[words]),
    }
}

/// Writes what a person can do.
pub fn remedy(page: &mut Page<'_>, remedy: &Remedy) {
    page.row(remedy.label, &[Span::strong(&remedy.does)]);
    if let Some(command) = &remedy.command {
        page.command(command);
    }
    if !remedy.changes.is_empty() {
        page.row("", &[Span::faint(&remedy.changes)]);
    }
}
