//! HTML for an incident document: one file that needs no script and asks for nothing.
//!
//! A policy in its head forbids everything but its own style, so that it shows the same anywhere. It follows the reader's
//! choice of light or dark, and is made for a phone, a wide screen and paper. It is well-formed XML too, which is how a
//! test knows that a text from a cluster has not become an element.

use maud::{Markup, PreEscaped, html};

use super::escape::{Piece, escape, pieces};
use super::outline::chain::{self, ChainBlock, ChainRow};
use super::outline::next::{self, Step};
use super::outline::run::groups;
use super::outline::{Entry, Line, Remedy, Row, cause, check, run, target, timeline, unknown};
use super::style::{Mark, Style};
use super::{Rendering, Reports, Verbosity, path};
use crate::error::Error;
use crate::report::{CheckReport, Report, ReportList};

/// A phrase: its names and values are set apart.
fn phrase(text: &str) -> Markup {
    html! {
        @for piece in pieces(text) {
            @match piece {
                Piece::Words(words) => (escape(&words)),
                Piece::Literal(literal) => (code(&literal)),
            }
        }
    }
}

/// A name or a value.
fn code(text: &str) -> Markup {
    html! { code { (escape(text)) } }
}

/// A command, in one piece; each of its lines is shown as it is.
fn command(text: &str) -> Markup {
    let lines: Vec<_> = text.split('\n').map(|line| escape(line.trim_end_matches(' '))).collect();
    html! { pre { code { (lines.join("\n")) } } }
}

/// Text in the colour of a mark, with its sign in front.
fn marked(mark: Mark, text: &str) -> Markup {
    let sign = Style { color: false, unicode: true, width: 0 }.sign(mark);
    html! { span class={ "mark " (class(mark)) } { (sign) @if !text.is_empty() { " " (escape(text)) } } }
}

/// The class of something that carries the mark of what is in it.
fn tone(mark: Mark) -> String {
    format!("tone {}", class(mark))
}

fn class(mark: Mark) -> &'static str {
    match mark {
        Mark::Good => "good",
        Mark::Warning | Mark::Unproven => "warning",
        Mark::Bad => "bad",
        Mark::Unknown => "unknown",
        Mark::NotReached => "not-reached",
    }
}

/// What stands in the head of every page: nothing is loaded, nothing is sent, nothing runs; the style stands in the page. The
/// elements are closed as XML has it, and the style must not hold what XML takes for markup.
const HEAD: &str = concat!(
    "\n<meta charset=\"utf-8\"/>\n<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; ",
    "style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\"/>\n",
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n",
    "<meta name=\"referrer\" content=\"no-referrer\"/>\n<meta name=\"color-scheme\" content=\"light dark\"/>\n<style>\n",
    include_str!("page.css"),
    "</style>\n"
);

/// Draws one report or a list of them.
pub fn draw(rendering: &Rendering<'_>, verbosity: Verbosity) -> String {
    match rendering.reports {
        Reports::One(one) => {
            let title = format!("{} {}: {}", target::words(one), one.verdict.word(), one.summary);
            page(&title, &report(one, Level::First, verbosity, rendering.tool_version))
        }
        Reports::List(several) => {
            let title = format!("{}: {}", several.verdict.word(), run::sum(several));
            page(&title, &list(several, verbosity, rendering.tool_version))
        }
    }
}

/// How deep a heading stands.
#[derive(Debug, Clone, Copy)]
enum Level {
    /// That of the page.
    First,
    /// That of one report among others.
    Second,
}

/// A heading; what is inside is markup already.
fn heading(level: Level, inside: &Markup) -> Markup {
    match level {
        Level::First => html! { h1 { (inside) } },
        Level::Second => html! { h2 { (inside) } },
    }
}

/// Blocks, each on a line of its own.
fn blocks(parts: impl IntoIterator<Item = Markup>) -> Markup {
    html! { @for part in parts { (part) "\n" } }
}

/// Draws an error that ended the run.
pub fn error(error: &Error) -> String {
    let title = format!("error: {}", error.message);
    let body = html! {
        article {
            h1 { (marked(Mark::Bad, "error")) " " (phrase(&error.message)) }
            @if let Some(hint) = &error.hint { p.next { b { "next" } " " (phrase(hint)) } }
        }
    };
    page(&title, &body)
}

fn page(title: &str, body: &Markup) -> String {
    let page = html! {
        (PreEscaped("<!DOCTYPE html>\n"))
        html lang="en" {
            "\n" head { (PreEscaped(HEAD)) title { (escape(title)) } "\n" }
            "\n" body { "\n" main { "\n" (body) "\n" } "\n" }
            "\n"
        }
        "\n"
    };
    page.into_string()
}

/// Draws a list.
fn list(list: &ReportList, verbosity: Verbosity, tool_version: &str) -> Markup {
    let mark = Mark::from(list.verdict);
    let head = html! {
        header class=(tone(mark)) {
            h1 { (marked(mark, list.verdict.word())) " " (run::sum(list)) }
            @for one in &list.samples { p { (phrase(&run::intro(one))) } }
        }
    };
    let items = groups(list, verbosity).into_iter().flat_map(|group| {
        let others = group.others().map(|words| html! { p.same { (phrase(&words)) } });
        std::iter::once(report(group.first(), Level::Second, verbosity, tool_version)).chain(others)
    });
    let table = (!list.items.is_empty()).then(|| table(list));
    blocks([head].into_iter().chain(table).chain(items))
}

fn table(list: &ReportList) -> Markup {
    html! {
        div.wide {
            table {
                thead { tr { th { "verdict" } th { "target" } th { "cause" } } }
                tbody {
                    @for item in &list.items {
                        tr {
                            td { (marked(Mark::from(item), item.verdict.word())) }
                            td { (code(&target::words(item))) }
                            td {
                                @if let Some(cause) = item.causes.first() { (cause.check.code) " " }
                                (phrase(&item.summary))
                            }
                        }
                    }
                }
            }
        }
    }
}

/// A command of up to this many characters stands in the line that says what to do next.
const LONGEST_IN_LINE: usize = 160;

/// Draws a report below a heading of this level.
fn report(report: &Report, level: Level, verbosity: Verbosity, tool_version: &str) -> Markup {
    let mut parts = vec![answer(report, level)];
    if report.target_gap.is_none() {
        parts.push(links(report));
        parts.extend(report.active.iter().map(|words| html! { p { (phrase(words)) } }));
        parts.extend(report.causes.iter().map(|one| in_full(&cause::in_full(one, report))));
        parts.extend(section("not checked", &unknown::entries(report, Verbosity::Verbose)));
        if verbosity > Verbosity::Quiet {
            parts.extend(section("notes", &check::entries(report, Verbosity::Verbose)));
        }
        parts.extend(credentials(report));
        parts.extend(when(report));
        parts.push(every_check(report));
    }
    parts.extend(report.side_effects.iter().map(|effect| html! { p { "left behind: " (phrase(effect)) } }));
    parts.push(footer(report, tool_version));
    html! { article { "\n" (blocks(parts)) } }
}

/// The verdict, the next step, and what was diagnosed.
fn answer(report: &Report, level: Level) -> Markup {
    let verdict = html! { (marked(Mark::from(report), report.verdict.word())) " " (phrase(&report.summary)) };
    let mut about = vec![(target::kind(report).unwrap_or("pod"), target::name(report))];
    about.extend(target::parts(report, Verbosity::Verbose));
    let remark = target::remark(report);
    html! {
        header class=(tone(Mark::from(report))) {
            (heading(level, &verdict)) "\n"
            @if let Some(step) = next::step(report) { p.next { b { "next" } " " (step_words(&step)) } "\n" }
            dl.about {
                @for (index, (label, value)) in about.iter().enumerate() {
                    div {
                        @if label.is_empty() {
                            dt { "mode" } dd { (phrase(value)) }
                        } @else {
                            dt { (label) }
                            dd { (code(value)) @if let Some(remark) = remark.filter(|_| index == 0) { " " (remark) } }
                        }
                    }
                }
            }
        }
    }
}

fn step_words(step: &Step) -> Markup {
    match step {
        Step::Words(words) => phrase(words),
        Step::Command { command, does, code: cause } => {
            let short = command.chars().count() <= LONGEST_IN_LINE && !command.contains('\n');
            if short || does.is_empty() { code(command) } else { phrase(&next::below(command, does, *cause)) }
        }
    }
}

/// The way of a credential, with one mark for each link.
fn links(report: &Report) -> Markup {
    html! {
        ol.path {
            @for (title, mark) in path::links_of(report) { li class=(tone(mark)) { (title) " " (marked(mark, "")) } }
        }
    }
}

/// A cause: its rows, its commands, and below a fold the values that it rests on.
fn in_full(entry: &Entry) -> Markup {
    let (read, said): (Vec<&Line>, Vec<&Line>) =
        entry.lines.iter().partition(|line| matches!(line, Line::Row(Row { source: Some(_), .. })));
    html! {
        section.cause {
            h2 { (title(entry)) } "\n"
            (rows(&said)) "\n"
            (blocks(entry.remedies.iter().map(remedy)))
            @if !read.is_empty() { details open="open" { summary { "evidence" } (rows(&read)) } }
        }
    }
}

/// The mark, the codes and the phrase of an entry.
fn title(entry: &Entry) -> Markup {
    html! { (marked(entry.mark, &entry.codes)) " " (phrase(&entry.words)) }
}

/// Open questions or notes, each as one point.
fn section(heading: &str, entries: &[Entry]) -> Option<Markup> {
    let drawn = html! {
        section {
            h2 { (heading) } "\n"
            ul.plain {
                @for entry in entries {
                    li {
                        (title(entry)) (rows(&entry.lines.iter().collect::<Vec<_>>()))
                        @for one in &entry.remedies { (remedy(one)) }
                    }
                }
            }
        }
    };
    (!entries.is_empty()).then_some(drawn)
}

/// Rows of labels and words; nothing where there are none.
fn rows(lines: &[&Line]) -> Markup {
    html! {
        @if !lines.is_empty() {
            dl.rows {
                @for line in lines {
                    @match line {
                        Line::Says(words) => { div.says { dd { (phrase(words)) } } }
                        Line::Row(Row { label, words, source, .. }) => {
                            div {
                                dt { (label) }
                                dd { (phrase(words)) @if let Some(source) = source { " " span.source { (source) } } }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn remedy(remedy: &Remedy) -> Markup {
    html! {
        div.fix {
            p { b { (remedy.label) } " " (phrase(&remedy.does)) }
            @if let Some(lines) = &remedy.command { "\n" (command(lines)) }
            @if !remedy.changes.is_empty() { "\n" p.changes { (phrase(&remedy.changes)) } }
        }
    }
}

/// Where each container gets its credentials.
fn credentials(report: &Report) -> Option<Markup> {
    let all = chain::blocks(report);
    let row = |ChainRow { label, words, sdks }: &ChainRow| {
        html! {
            div {
                dt { (label) }
                dd { (phrase(words)) @if let Some(sdks) = sdks { " " span.sdks { (phrase(sdks)) } } }
            }
        }
    };
    let drawn = html! {
        details.chain {
            summary { "credentials" }
            @for ChainBlock { title, rows } in &all {
                h3 { (phrase(title)) } dl.rows { @for one in rows { (row(one)) } }
            }
            @if let Some(words) = chain::measured(report) { p.changes { (phrase(&words)) } }
        }
    };
    (!all.is_empty()).then_some(drawn)
}

/// What happened when; the distance is that from the creation of the pod.
fn when(report: &Report) -> Option<Markup> {
    let moments = timeline::lines(report);
    let drawn = html! {
        details.timeline {
            summary { "timeline" }
            div.wide {
                table {
                    tbody {
                        @for moment in &moments {
                            tr {
                                td { (escape(&moment.time)) }
                                td { (escape(&moment.distance)) }
                                td { (phrase(&moment.words)) " " span.source { (moment.source) } }
                            }
                        }
                    }
                }
            }
        }
    };
    (!moments.is_empty()).then_some(drawn)
}

fn every_check(report: &Report) -> Markup {
    let line = |one: &CheckReport| {
        let words = format!("{}{}", one.check.title, check::outcome(one, report));
        html! {
            li {
                (marked(check::mark(one), &one.check.code.to_string())) " " (phrase(&words))
                @if let Some(each) = check::containers(one) { p.changes { (phrase(&each)) } }
            }
        }
    };
    html! {
        details.checks {
            summary { "all checks: " (run::counts(report, Verbosity::Verbose)) }
            @for area in check::areas(report) {
                h3 { (area.title) } ul.plain { @for one in &area.checks { (line(one)) } }
            }
        }
    }
}

fn footer(report: &Report, tool_version: &str) -> Markup {
    html! {
        footer {
            @if let Some(command) = run::explained_by(report) { (code(&command)) " says more; " }
            "kubectl-podid " (tool_version) ", " (run::collected(report))
        }
    }
}
