//! The one next step: a command where it fits a line, else where to find it, else words.

use crate::render::outline::next::{self, Step};
use crate::render::page::{Page, Span};
use crate::report::Report;

/// What stands before the step.
const LABEL: &str = "next: ";
/// How far the line stands in.
const INDENT: usize = 2;

/// Writes the step, if there is one.
pub fn write(page: &mut Page<'_>, report: &Report) {
    let step = match next::step(report) {
        None => return,
        Some(Step::Words(words)) => Span::plain(words),
        Some(Step::Command { command, does, code }) => {
            let fits = !command.contains('\n') && page.fits(INDENT + LABEL.len(), &command);
            if fits || does.is_empty() {
                Span::command(command)
            } else {
                Span::plain(next::below(&command, &does, code))
            }
        }
    };
    page.prose(INDENT, INDENT + LABEL.len(), &[Span::faint(LABEL), step]);
}
