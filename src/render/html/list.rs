//! Several reports on a page: a table of the targets, then each report that says something new.

use crate::render::Verbosity;
use crate::render::outline::{sample, target};
use crate::render::style::Mark;
use crate::report::{Report, ReportList};

use super::element::{code, element, marked, phrase, tone};
use super::report;

/// Draws a list.
pub fn draw(list: &ReportList, verbosity: Verbosity, tool_version: &str) -> String {
    let mark = Mark::from(list.verdict);
    let head = element("h1", "", &format!("{} {}", marked(mark, list.verdict.word()), sample::sum(list)));
    let asked = list.samples.iter().map(|one| element("p", "", &phrase(&sample::intro(one))));
    let mut parts = vec![element("header", &tone(mark), &(head + &asked.collect::<String>()))];
    if !list.items.is_empty() {
        parts.push(table(list));
    }
    parts.extend(sample::with_earlier(list).map(|(item, earlier)| match earlier {
        None => report::draw(item, "h2", verbosity, tool_version),
        Some(earlier) => the_same(item, earlier),
    }));
    parts.join("\n")
}

fn table(list: &ReportList) -> String {
    let row = |item: &Report| {
        let verdict = marked(Mark::from(item), item.verdict.word());
        let cause = item.causes.first().map(|cause| format!("{} ", cause.check.code)).unwrap_or_default();
        let (target, words) = (code(&target::words(item)), phrase(&item.summary));
        element("tr", "", &format!("<td>{verdict}</td><td>{target}</td><td>{cause}{words}</td>"))
    };
    let rows: String = list.items.iter().map(row).collect();
    let head = "<thead><tr><th>verdict</th><th>target</th><th>cause</th></tr></thead>";
    element("div", "wide", &element("table", "", &format!("{head}<tbody>{rows}</tbody>")))
}

fn the_same(item: &Report, earlier: &Report) -> String {
    let words =
        format!("{} has the same causes as {} above", code(&target::words(item)), code(&target::words(earlier)));
    element("p", "same", &words)
}
