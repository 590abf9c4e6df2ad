//! An entry on a terminal: its mark and codes, its rows, its commands.

use crate::findings::Part;
use crate::render::Verbosity;
use crate::render::outline::{Entry, Line, Remedy, Row};
use crate::render::page::{Page, Span};

/// Writes an entry: with `-v` everything that belongs to it, else what proves it and what fixes it.
pub fn write(page: &mut Page<'_>, entry: &Entry, verbosity: Verbosity) {
    let in_full = verbosity >= Verbosity::Verbose;
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
            Line::Row(one) if one.is_detail && !in_full => above,
            Line::Row(one) => {
                row(page, one, one.label == above);
                one.label
            }
        };
    }
    for one in &entry.remedies {
        match one.part {
            Part::Or if !in_full && one.command.is_some() => choice(page, one),
            Part::OrStep if !in_full => {}
            Part::Step | Part::Or | Part::OrStep => remedy(page, one),
        }
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

/// Writes what a person can do, and what that changes: on the same line where both fit.
pub fn remedy(page: &mut Page<'_>, remedy: &Remedy) {
    let Remedy { label, does, command, changes, .. } = remedy;
    let on_one_line = !changes.is_empty() && page.fits_row(&format!("{does} ({changes})"));
    let mut spans = vec![Span::strong(does)];
    if on_one_line {
        spans.push(Span::faint(format!(" ({changes})")));
    }
    page.row(label, &spans);
    if let Some(command) = command {
        page.command(command);
    }
    if !on_one_line && !changes.is_empty() {
        page.row("", &[Span::faint(changes)]);
    }
}

/// Names what can be done instead, and where its commands are shown.
fn choice(page: &mut Page<'_>, remedy: &Remedy) {
    page.row(remedy.label, &[Span::plain(&remedy.does), Span::faint(" (-v shows the command)")]);
}
