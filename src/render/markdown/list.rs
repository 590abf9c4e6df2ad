//! Several reports as Markdown: a table of the targets, then each report that says something new.

use crate::render::Verbosity;
use crate::render::outline::{sample, target};
use crate::render::style::Mark;
use crate::report::{Report, ReportList};

use super::report::{self, sign};
use super::text::{cell, code, phrase, phrase_in_cell};

/// The blocks of a list.
pub fn blocks(list: &ReportList, verbosity: Verbosity, tool_version: &str) -> Vec<String> {
    let mark = Mark::from(list.verdict);
    let mut blocks = vec![format!("## {} {}: {}", sign(mark), list.verdict.word(), sample::sum(list))];
    blocks.extend(list.samples.iter().map(|one| phrase(&sample::intro(one))));
    if !list.items.is_empty() {
        blocks.push(table(list));
    }
    for (item, earlier) in sample::with_earlier(list) {
        match earlier {
            None => blocks.extend(report::blocks(item, "###", verbosity, tool_version)),
            Some(earlier) => blocks.push(the_same(item, earlier)),
        }
    }
    blocks
}

fn table(list: &ReportList) -> String {
    let row = |item: &Report| {
        let verdict = format!("{} {}", sign(Mark::from(item)), item.verdict.word());
        let code = item.causes.first().map(|cause| format!("{} ", cause.check.code)).unwrap_or_default();
        format!("\n| {verdict} | {} | {code}{} |", cell(&target::words(item)), phrase_in_cell(&item.summary))
    };
    let rows: String = list.items.iter().map(row).collect();
    format!("| verdict | target | cause |\n|---|---|---|{rows}")
}

fn the_same(item: &Report, earlier: &Report) -> String {
    let (item, earlier) = (code(&target::words(item)), code(&target::words(earlier)));
    format!("{item} has the same causes as {earlier} above")
}
