//! Markdown for a ticket: the answer, the commands, and the evidence folded away.
//!
//! It is written for the dialect that GitHub, GitLab and most trackers read. What comes from a cluster stands in code
//! spans and code blocks only, where no link, mention, table or element begins.

use crate::error::Error;
use crate::render::escape::{Piece, escape, pieces};
use crate::render::outline::chain::{self, ChainBlock, ChainRow};
use crate::render::outline::next::{self, Step};
use crate::render::outline::run::groups;
use crate::render::outline::{Entry, Line, Remedy, Row, cause, check, run, target, timeline, unknown};
use crate::render::style::{Mark, Style};
use crate::render::{Rendering, Reports, Verbosity, path};
use crate::report::{Report, ReportList};

/// A phrase: its words as they are, its names and values in code spans.
pub fn phrase(text: &str) -> String {
    let shown = pieces(text).into_iter().map(|piece| match piece {
        Piece::Words(words) => words,
        Piece::Literal(literal) => span(&literal),
    });
    shown.collect()
}

/// A name or a value in a code span, whatever is in it; `—` for nothing.
pub fn code(text: &str) -> String {
    let shown = escape(text);
    // Spaces alone would be no code span, and at the ends they would be dropped.
    if shown.trim_matches(' ').is_empty() { "—".to_owned() } else { span(&shown) }
}

/// A name or a value in a cell of a table: a bar would end the cell, so it is shown as an escape.
pub fn cell(text: &str) -> String {
    let code = code(text);
    if code.contains('|') { code.replace('|', "\\u{7c}") } else { code }
}

/// A phrase in a cell of a table.
fn phrase_in_cell(text: &str) -> String {
    phrase(&text.replace('|', "\\u{7c}"))
}

/// A command in a block of its own, in one piece.
pub fn block(command: &str) -> String {
    let lines: Vec<String> = command.split('\n').map(|line| escape(line.trim_end_matches(' ')).into_owned()).collect();
    let text = lines.join("\n");
    let fence = "`".repeat(longest_run(&text).max(2) + 1);
    let language = if ["resource ", "data ", "statement {", "# in the "].iter().any(|start| text.starts_with(start)) {
        "hcl"
    } else {
        "sh"
    };
    format!("{fence}{language}\n{text}\n{fence}")
}

/// A code span begins and ends with more backticks than stand together in it.
fn span(text: &str) -> String {
    let fence = "`".repeat(longest_run(text) + 1);
    let space = if text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']) { " " } else { "" };
    format!("{fence}{space}{text}{space}{fence}")
}

fn longest_run(text: &str) -> usize {
    text.split(|one| one != '`').map(str::len).max().unwrap_or(0)
}

/// The blocks of a list.
fn list_blocks(list: &ReportList, verbosity: Verbosity, tool_version: &str) -> Vec<String> {
    let mark = Mark::from(list.verdict);
    let mut blocks = vec![format!("## {} {}: {}", sign(mark), list.verdict.word(), run::sum(list))];
    blocks.extend(list.samples.iter().map(|one| phrase(&run::intro(one))));
    if !list.items.is_empty() {
        blocks.push(table(list));
    }
    for group in groups(list, verbosity) {
        blocks.extend(self::blocks(group.first(), "###", verbosity, tool_version));
        blocks.extend(group.others().map(|words| phrase(&words)));
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

/// A command of up to this many characters stands in the line that says what to do next.
const LONGEST_IN_LINE: usize = 100;

/// Draws one report or a list of them.
pub fn draw(rendering: &Rendering<'_>, verbosity: Verbosity) -> String {
    let blocks = match rendering.reports {
        Reports::One(report) => blocks(report, "##", verbosity, rendering.tool_version),
        Reports::List(several) => list_blocks(several, verbosity, rendering.tool_version),
    };
    blocks.join("\n\n") + "\n"
}

/// Draws an error that ended the run.
pub fn error(error: &Error) -> String {
    let next = error.hint.iter().map(|hint| format!("\n**next** {}\n", phrase(hint)));
    format!("## {} error: {}\n{}", sign(Mark::Bad), phrase(&error.message), next.collect::<String>())
}

/// The blocks of one report; `level` is the hashes of its heading.
pub fn blocks(report: &Report, level: &str, verbosity: Verbosity, tool_version: &str) -> Vec<String> {
    let mark = Mark::from(report);
    let mut blocks =
        vec![format!("{level} {} {}: {}", sign(mark), report.verdict.word(), phrase(&report.summary)), about(report)];
    blocks.extend(next(report));
    if report.target_gap.is_none() {
        blocks.push(links(report));
        blocks.extend(report.active.iter().map(|words| phrase(words)));
        for one in &report.causes {
            blocks.extend(in_full(&cause::in_full(one, report), level));
        }
        blocks.extend(section(level, "not checked", &unknown::entries(report, Verbosity::Verbose)));
        if verbosity > Verbosity::Quiet {
            blocks.extend(section(level, "notes", &check::entries(report, verbosity)));
        }
        blocks.extend(credentials(report));
        blocks.extend(when(report));
        blocks.push(every_check(report));
    }
    blocks.extend(report.side_effects.iter().map(|effect| format!("left behind: {}", phrase(effect))));
    blocks.push(footer(report, tool_version));
    blocks
}

/// What was diagnosed, and where.
fn about(report: &Report) -> String {
    let kind = target::kind(report).map(|kind| format!("{kind} ")).unwrap_or_default();
    let remark = target::remark(report).map(|remark| format!(" {remark}")).unwrap_or_default();
    let mut parts = vec![format!("{kind}{}{remark}", code(&target::name(report)))];
    parts.extend(target::parts(report, Verbosity::Verbose).iter().map(|(label, value)| match *label {
        "" => value.clone(),
        label => format!("{label} {}", code(value)),
    }));
    parts.join(" · ")
}

fn next(report: &Report) -> Option<String> {
    let words = match next::step(report)? {
        Step::Words(words) => phrase(&words),
        Step::Command { command, does, code: cause } => {
            let short = command.chars().count() <= LONGEST_IN_LINE && !command.contains('\n');
            if short || does.is_empty() { code(&command) } else { phrase(&next::below(&command, &does, cause)) }
        }
    };
    Some(format!("**next** {words}"))
}

/// The way of a credential, with one mark for each link.
fn links(report: &Report) -> String {
    let links = path::links_of(report).into_iter().map(|(title, mark)| format!("{title} {}", sign(mark)));
    links.collect::<Vec<_>>().join(" → ")
}

/// A cause: its rows, its commands, and below a fold the values that it rests on.
fn in_full(entry: &Entry, level: &str) -> Vec<String> {
    let mut blocks = vec![format!("{level}# {} {} {}", sign(entry.mark), entry.codes, phrase(&entry.words))];
    let (read, said): (Vec<&Line>, Vec<&Line>) = entry.lines.iter().partition(|line| is_read(line));
    if !said.is_empty() {
        blocks.push(rows(&said, ""));
    }
    blocks.extend(entry.remedies.iter().flat_map(remedy));
    if !read.is_empty() {
        blocks.push(folded("evidence", &rows(&read, "")));
    }
    blocks
}

fn is_read(line: &Line) -> bool {
    matches!(line, Line::Row(Row { source: Some(_), .. }))
}

/// Open questions or notes below a heading of their own.
fn section(level: &str, heading: &str, entries: &[Entry]) -> Vec<String> {
    let points = entries.iter().map(in_short).reduce(|all, one| format!("{all}\n{one}"));
    points.map(|points| vec![format!("{level}# {heading}"), points]).unwrap_or_default()
}

/// An open question or a note: one point of a list, with its rows and commands below it.
fn in_short(entry: &Entry) -> String {
    let mut point = format!("- {} {} {}", sign(entry.mark), entry.codes, phrase(&entry.words));
    if !entry.lines.is_empty() {
        point.push('\n');
        point.push_str(&rows(&entry.lines.iter().collect::<Vec<_>>(), "  "));
    }
    for block in entry.remedies.iter().flat_map(remedy) {
        point.push_str("\n\n  ");
        point.push_str(&block.replace('\n', "\n  "));
    }
    point
}

fn rows(lines: &[&Line], indent: &str) -> String {
    let row = |line: &&Line| match line {
        Line::Says(words) => format!("{indent}- {}", phrase(words)),
        Line::Row(Row { label, words, source: None, .. }) => format!("{indent}- **{label}** {}", phrase(words)),
        Line::Row(Row { label, words, source: Some(source), .. }) => {
            format!("{indent}- **{label}** {} in {}", phrase(words), code(source))
        }
    };
    lines.iter().map(row).collect::<Vec<_>>().join("\n")
}

fn remedy(remedy: &Remedy) -> Vec<String> {
    let mut blocks = vec![format!("**{}** {}", remedy.label, phrase(&remedy.does))];
    blocks.extend(remedy.command.as_deref().map(block));
    if !remedy.changes.is_empty() {
        blocks.push(phrase(&remedy.changes));
    }
    blocks
}

/// Where each container gets its credentials, below a fold.
fn credentials(report: &Report) -> Option<String> {
    let row = |ChainRow { label, words, sdks }: ChainRow| {
        let label = if label.is_empty() { String::new() } else { format!("**{label}** ") };
        let sdks = sdks.map(|sdks| format!(" — {}", phrase(&sdks))).unwrap_or_default();
        format!("- {label}{}{sdks}", phrase(&words))
    };
    let block = |ChainBlock { title, rows }: ChainBlock| {
        let rows: Vec<String> = rows.into_iter().map(row).collect();
        format!("**{}**\n\n{}", phrase(&title), rows.join("\n"))
    };
    let mut blocks: Vec<String> = chain::blocks(report).into_iter().map(block).collect();
    let is_none = blocks.is_empty();
    blocks.extend(chain::measured(report).map(|measured| phrase(&measured)));
    (!is_none).then(|| folded("credentials", &blocks.join("\n\n")))
}

/// What happened when, below a fold; the distance is that from the creation of the pod.
fn when(report: &Report) -> Option<String> {
    let line = |moment: timeline::MomentLine| {
        let distance = if moment.distance.is_empty() { String::new() } else { format!(" ({})", moment.distance) };
        format!("- {}{distance} {} in {}", moment.time, phrase(&moment.words), code(moment.source))
    };
    let lines: Vec<String> = timeline::lines(report).into_iter().map(line).collect();
    (!lines.is_empty()).then(|| folded("timeline", &lines.join("\n")))
}

fn every_check(report: &Report) -> String {
    let area = |area: check::Area<'_>| {
        let line = |one: &&crate::report::CheckReport| {
            let words = format!("{}{}", one.check.title, check::outcome(one, report));
            let each = check::containers(one).map(|each| format!(" ({})", phrase(&each))).unwrap_or_default();
            format!("- {} {} {}{each}", sign(check::mark(one)), one.check.code, phrase(&words))
        };
        let lines: Vec<String> = area.checks.iter().map(line).collect();
        format!("**{}**\n\n{}", area.title, lines.join("\n"))
    };
    let areas: Vec<String> = check::areas(report).into_iter().map(area).collect();
    folded(&format!("all checks: {}", run::counts(report, Verbosity::Verbose)), &areas.join("\n\n"))
}

/// Something below a fold; the summary holds words of ours alone.
fn folded(summary: &str, body: &str) -> String {
    format!("<details><summary>{summary}</summary>\n\n{body}\n\n</details>")
}

fn footer(report: &Report, tool_version: &str) -> String {
    let more = run::explained_by(report).map(|command| format!("{} says more; ", code(&command))).unwrap_or_default();
    format!("{more}kubectl-podid {tool_version}, {}", run::collected(report))
}

/// The sign of a mark: a ticket is not a terminal, and can show them all.
pub fn sign(mark: Mark) -> &'static str {
    Style { color: false, unicode: true, width: 0 }.sign(mark)
}
