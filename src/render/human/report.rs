//! One report from top to bottom, in the order in which it is read.

use crate::render::outline::{cause, note, target, unknown};
use crate::render::page::{Page, Span};
use crate::render::style::Mark;
use crate::render::{Reports, Style, Verbosity, path};
use crate::report::Report;

use super::{chain, entry, every_check, footer, header, list, next, timeline};

/// Draws one report or a list of them.
pub fn draw(reports: Reports<'_>, style: &Style, verbosity: Verbosity) -> String {
    let mut page = Page::new(style);
    match reports {
        Reports::One(report) => write(&mut page, report, verbosity),
        Reports::List(several) => list::write(&mut page, several, verbosity),
    }
    page.finish()
}

/// Writes one report.
pub fn write(page: &mut Page<'_>, report: &Report, verbosity: Verbosity) {
    header::write(page, report, verbosity);
    page.gap();
    verdict(page, report);
    next::write(page, report);
    if report.target_gap.is_some() {
        // Every check is unknown for the one reason that the verdict has just said.
        return;
    }
    page.gap();
    path::draw(page, report);
    for words in &report.active {
        page.prose(2, 4, &[Span::plain(words.clone())]);
    }
    let (first, rest) = report.causes.split_first().map_or((None, &[][..]), |(first, rest)| (Some(first), rest));
    if let Some(first) = first {
        page.gap();
        entry::write(page, &cause::in_full(first, report), verbosity);
    }
    page.gap();
    for one in rest {
        entry::write(page, &cause::in_short(one), verbosity);
    }
    page.gap();
    let open = unknown::entries(report, verbosity);
    for one in &open {
        entry::write(page, one, verbosity);
    }
    let notes = if verbosity > Verbosity::Quiet { note::entries(report, verbosity) } else { Vec::new() };
    let others = rest.iter().map(|one| cause::in_full(one, report));
    for one in notes.into_iter().chain(others) {
        page.gap();
        entry::write(page, &one, verbosity);
    }
    if verbosity >= Verbosity::Verbose {
        chain::write(page, report);
        every_check::write(page, report);
        timeline::write(page, report);
    }
    page.gap();
    footer::write(page, report, verbosity);
    // Where the first lines have gone from the screen, the answer is in the last one too.
    if !report.causes.is_empty() || !open.is_empty() || verbosity >= Verbosity::Verbose {
        page.short(&words(page.style(), report));
    }
}

/// Writes a report that says what an earlier one has said: only what differs, and where to read the rest.
pub fn write_as(page: &mut Page<'_>, report: &Report, earlier: &Report, verbosity: Verbosity) {
    header::write(page, report, verbosity);
    page.gap();
    verdict(page, report);
    page.prose(
        2,
        8,
        &[Span::faint("next: "), Span::plain(format!("the same as for {} above", target::words(earlier)))],
    );
}

fn verdict(page: &mut Page<'_>, report: &Report) {
    page.prose(0, 2, &words(page.style(), report));
}

fn words(style: &Style, report: &Report) -> [Span; 3] {
    let mark = Mark::from(report);
    let verdict = Span::marked(mark, format!("{} {}", style.sign(mark), report.verdict.word()));
    [verdict, Span::plain(": "), Span::strong(report.summary.clone())]
}
