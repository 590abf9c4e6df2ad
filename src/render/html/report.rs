//! Reports as HTML.

use super::page::{code, command, element, marked, phrase, tone};
use crate::render::escape::escape_markup;
use crate::render::outline::chain::{self, ChainBlock, ChainRow};
use crate::render::outline::next::{self, Step};
use crate::render::outline::{Entry, Line, Remedy, Row, cause, check, finding, run, target, timeline, unknown};
use crate::render::style::Mark;
use crate::render::{Verbosity, path};
use crate::report::{Report, ReportList};

/// Draws a list.
pub fn draw_list(list: &ReportList, verbosity: Verbosity, tool_version: &str) -> String {
    let mark = Mark::from(list.verdict);
    let head = element("h1", "", &format!("{} {}", marked(mark, list.verdict.word()), run::sum(list)));
    let asked = list.samples.iter().map(|one| element("p", "", &phrase(&run::intro(one))));
    let mut parts = vec![element("header", &tone(mark), &(head + &asked.collect::<String>()))];
    if !list.items.is_empty() {
        parts.push(table(list));
    }
    parts.extend(run::with_earlier(list).map(|(item, earlier)| match earlier {
        None => draw(item, "h2", verbosity, tool_version),
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

/// A command of up to this many characters stands in the line that says what to do next.
const LONGEST_IN_LINE: usize = 160;

/// Draws a report below a heading of this level.
pub fn draw(report: &Report, heading: &str, verbosity: Verbosity, tool_version: &str) -> String {
    let mut parts = vec![answer(report, heading)];
    if report.target_gap.is_none() {
        parts.push(links(report));
        parts.extend(report.active.iter().map(|words| element("p", "", &phrase(words))));
        parts.extend(report.causes.iter().map(|one| in_full(&cause::in_full(one, report))));
        parts.extend(section("not checked", &unknown::entries(report, Verbosity::Verbose)));
        if verbosity > Verbosity::Quiet {
            parts.extend(section("notes", &finding::entries(report, Verbosity::Verbose)));
        }
        parts.extend(credentials(report));
        parts.extend(when(report));
        parts.push(every_check(report));
    }
    parts
        .extend(report.side_effects.iter().map(|effect| element("p", "", &format!("left behind: {}", phrase(effect)))));
    parts.push(footer(report, tool_version));
    element("article", "", &format!("\n{}\n", parts.join("\n")))
}

/// The verdict, the next step, and what was diagnosed.
fn answer(report: &Report, heading: &str) -> String {
    let verdict = marked(Mark::from(report), report.verdict.word());
    let mut parts = vec![element(heading, "", &format!("{verdict} {}", phrase(&report.summary)))];
    parts.extend(next::step(report).map(|step| element("p", "next", &format!("<b>next</b> {}", step_words(&step)))));
    let mut about = vec![(target::kind(report).unwrap_or("pod"), target::name(report))];
    about.extend(target::parts(report, Verbosity::Verbose));
    let remark = target::remark(report).map(|remark| format!(" {remark}")).unwrap_or_default();
    let row = |(index, (label, value)): (usize, &(&str, String))| {
        let (label, value) = if label.is_empty() { ("mode", phrase(value)) } else { (*label, code(value)) };
        let remark = if index == 0 { remark.as_str() } else { "" };
        element("div", "", &format!("<dt>{label}</dt><dd>{value}{remark}</dd>"))
    };
    parts.push(element("dl", "about", &about.iter().enumerate().map(row).collect::<String>()));
    element("header", &tone(Mark::from(report)), &parts.join("\n"))
}

fn step_words(step: &Step) -> String {
    match step {
        Step::Words(words) => phrase(words),
        Step::Command { command, does, code: cause } => {
            let short = command.chars().count() <= LONGEST_IN_LINE && !command.contains('\n');
            if short || does.is_empty() { code(command) } else { phrase(&next::below(command, does, *cause)) }
        }
    }
}

/// The way of a credential, with one mark for each link.
fn links(report: &Report) -> String {
    let link = |(title, mark): (&str, Mark)| element("li", &tone(mark), &format!("{title} {}", marked(mark, "")));
    element("ol", "path", &path::links_of(report).into_iter().map(link).collect::<String>())
}

/// A cause: its rows, its commands, and below a fold the values that it rests on.
fn in_full(entry: &Entry) -> String {
    let mut parts = vec![element("h2", "", &title(entry))];
    let (read, said): (Vec<&Line>, Vec<&Line>) =
        entry.lines.iter().partition(|line| matches!(line, Line::Row(Row { source: Some(_), .. })));
    parts.extend(rows(&said));
    parts.extend(entry.remedies.iter().map(remedy));
    let evidence =
        rows(&read).map(|rows| format!("<details open=\"open\"><summary>evidence</summary>{rows}</details>"));
    parts.extend(evidence);
    element("section", "cause", &parts.join("\n"))
}

/// The mark, the codes and the phrase of an entry.
fn title(entry: &Entry) -> String {
    format!("{} {}", marked(entry.mark, &entry.codes), phrase(&entry.words))
}

/// Open questions or notes, each as one point.
fn section(heading: &str, entries: &[Entry]) -> Option<String> {
    let point = |entry: &Entry| {
        let rows = rows(&entry.lines.iter().collect::<Vec<_>>()).unwrap_or_default();
        let remedies: String = entry.remedies.iter().map(remedy).collect();
        element("li", "", &format!("{}{rows}{remedies}", title(entry)))
    };
    let points: String = entries.iter().map(point).collect();
    let list = || format!("{}\n{}", element("h2", "", heading), element("ul", "plain", &points));
    (!entries.is_empty()).then(|| element("section", "", &list()))
}

fn rows(lines: &[&Line]) -> Option<String> {
    let row = |line: &&Line| match line {
        Line::Says(words) => element("div", "says", &format!("<dd>{}</dd>", phrase(words))),
        Line::Row(Row { label, words, source, .. }) => {
            let source = source.map(|source| format!(" {}", element("span", "source", source))).unwrap_or_default();
            element("div", "", &format!("<dt>{label}</dt><dd>{}{source}</dd>", phrase(words)))
        }
    };
    (!lines.is_empty()).then(|| element("dl", "rows", &lines.iter().map(row).collect::<String>()))
}

fn remedy(remedy: &Remedy) -> String {
    let mut parts = vec![element("p", "", &format!("<b>{}</b> {}", remedy.label, phrase(&remedy.does)))];
    parts.extend(remedy.command.as_deref().map(command));
    if !remedy.changes.is_empty() {
        parts.push(element("p", "changes", &phrase(&remedy.changes)));
    }
    element("div", "fix", &parts.join("\n"))
}

/// Where each container gets its credentials.
fn credentials(report: &Report) -> Option<String> {
    let row = |ChainRow { label, words, sdks }: ChainRow| {
        let sdks = sdks.map(|sdks| format!(" {}", element("span", "sdks", &phrase(&sdks)))).unwrap_or_default();
        element("div", "", &format!("<dt>{label}</dt><dd>{}{sdks}</dd>", phrase(&words)))
    };
    let block = |ChainBlock { title, rows }: ChainBlock| {
        let rows: String = rows.into_iter().map(row).collect();
        format!("{}{}", element("h3", "", &phrase(&title)), element("dl", "rows", &rows))
    };
    let blocks: String = chain::blocks(report).into_iter().map(block).collect();
    let measured = chain::measured(report).map(|words| element("p", "changes", &phrase(&words))).unwrap_or_default();
    let folded = || element("details", "chain", &format!("<summary>credentials</summary>{blocks}{measured}"));
    (!blocks.is_empty()).then(folded)
}

/// What happened when; the distance is that from the creation of the pod.
fn when(report: &Report) -> Option<String> {
    let row = |moment: timeline::MomentLine| {
        let source = element("span", "source", moment.source);
        let cells = [moment.time, moment.distance].map(|text| element("td", "", &escape_markup(&text)));
        element("tr", "", &format!("{}<td>{} {source}</td>", cells.concat(), phrase(&moment.words)))
    };
    let rows: String = timeline::lines(report).into_iter().map(row).collect();
    let table = || element("div", "wide", &element("table", "", &element("tbody", "", &rows)));
    (!rows.is_empty()).then(|| element("details", "timeline", &format!("<summary>timeline</summary>{}", table())))
}

fn every_check(report: &Report) -> String {
    let area = |area: check::Area<'_>| {
        let line = |one: &&crate::report::CheckReport| {
            let words = format!("{}{}", one.check.title, check::outcome(one, report));
            let each = check::containers(one).map(|each| element("p", "changes", &phrase(&each))).unwrap_or_default();
            let title = format!("{} {}", marked(check::mark(one), &one.check.code.to_string()), phrase(&words));
            element("li", "", &format!("{title}{each}"))
        };
        let lines: String = area.checks.iter().map(line).collect();
        format!("{}{}", element("h3", "", area.title), element("ul", "plain", &lines))
    };
    let areas: String = check::areas(report).into_iter().map(area).collect();
    let summary = element("summary", "", &format!("all checks: {}", run::counts(report, Verbosity::Verbose)));
    element("details", "checks", &format!("{summary}{areas}"))
}

fn footer(report: &Report, tool_version: &str) -> String {
    let more = run::explained_by(report).map(|command| format!("{} says more; ", code(&command))).unwrap_or_default();
    element("footer", "", &format!("{more}kubectl-podid {tool_version}, {}", run::collected(report)))
}
