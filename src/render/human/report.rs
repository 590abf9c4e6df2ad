//! One report from top to bottom, in the order in which it is read; of several, each answer once with whom it is about.

use crate::findings::Part;
use crate::render::outline::check::areas;
use crate::render::outline::next::Step;
use crate::render::outline::run::{Group, groups};
use crate::render::outline::{Entry, Line, Remedy, Row, cause, chain, check, next, run, target, timeline, unknown};
use crate::render::page::{Page, Span};
use crate::render::style::Mark;
use crate::render::{Reports, Style, Verbosity, path};
use crate::report::{CheckReport, Report, ReportList};

/// Draws one report or a list of them.
pub fn draw(reports: Reports<'_>, style: &Style, verbosity: Verbosity) -> String {
    let mut page = Page::new(style);
    match reports {
        Reports::One(report) => write(&mut page, report, verbosity),
        Reports::List(several) => write_list(&mut page, several, verbosity),
    }
    page.finish()
}

/// Writes one report.
pub fn write(page: &mut Page<'_>, report: &Report, verbosity: Verbosity) {
    write_header(page, report, verbosity);
    page.gap();
    verdict(page, report);
    write_next(page, report);
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
        write_entry(page, &cause::in_full(first, report), verbosity);
    }
    page.gap();
    for one in rest {
        write_entry(page, &cause::in_short(one), verbosity);
    }
    page.gap();
    let open = unknown::entries(report, verbosity);
    for one in &open {
        write_entry(page, one, verbosity);
    }
    let notes = if verbosity > Verbosity::Quiet { check::entries(report, verbosity) } else { Vec::new() };
    let others = rest.iter().map(|one| cause::in_full(one, report));
    for one in notes.into_iter().chain(others) {
        page.gap();
        write_entry(page, &one, verbosity);
    }
    if verbosity >= Verbosity::Verbose {
        write_chain(page, report);
        write_every_check(page, report);
        write_timeline(page, report);
    }
    page.gap();
    write_footer(page, report, verbosity);
    // Where the first lines have gone from the screen, the answer is in the last one too.
    if !report.causes.is_empty() || !open.is_empty() || verbosity >= Verbosity::Verbose {
        page.short(&words(page.style(), report));
    }
}

fn verdict(page: &mut Page<'_>, report: &Report) {
    page.prose(0, 2, &words(page.style(), report));
}

fn words(style: &Style, report: &Report) -> [Span; 3] {
    let mark = Mark::from(report);
    let verdict = Span::marked(mark, format!("{} {}", style.sign(mark), report.verdict.word()));
    [verdict, Span::plain(": "), Span::strong(report.summary.clone())]
}

/// Writes the line; where it does not fit, it breaks between its parts.
fn write_header(page: &mut Page<'_>, report: &Report, verbosity: Verbosity) {
    let mut groups = vec![name(report)];
    for (label, value) in target::parts(report, verbosity) {
        let label = (!label.is_empty()).then(|| Span::faint(format!("{label} ")));
        groups.push(label.into_iter().chain([Span::plain(value)]).collect());
    }
    page.groups(0, 2, 3, &groups);
}

fn name(report: &Report) -> Vec<Span> {
    let mut spans: Vec<Span> = target::kind(report).map(|kind| Span::faint(format!("{kind} "))).into_iter().collect();
    spans.push(Span::strong(target::name(report)));
    spans.extend(target::remark(report).map(|remark| Span::faint(format!(" {remark}"))));
    spans
}

/// Writes the counts and the command that explains the first cause.
fn write_footer(page: &mut Page<'_>, report: &Report, verbosity: Verbosity) {
    let mut groups = vec![vec![Span::plain(run::counts(report, verbosity))]];
    groups.extend(run::explained_by(report).map(|command| vec![Span::command(command)]));
    page.groups(0, 0, 4, &groups);
    if verbosity >= Verbosity::Verbose {
        page.prose(0, 0, &[Span::faint(run::collected(report))]);
    }
    for effect in &report.side_effects {
        page.prose(0, 2, &[Span::plain(format!("left behind: {effect}"))]);
    }
}

/// What stands before the step.
const LABEL: &str = "next: ";
/// How far the line stands in.
const INDENT: usize = 2;

/// Writes the step, if there is one.
fn write_next(page: &mut Page<'_>, report: &Report) {
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

/// Writes one block for each container, and below them what was measured.
fn write_chain(page: &mut Page<'_>, report: &Report) {
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

/// Writes all checks, area by area.
fn write_every_check(page: &mut Page<'_>, report: &Report) {
    for area in areas(report) {
        page.gap();
        page.line(0, &[Span::strong(area.title)]);
        for check in area.checks {
            line(page, check, report);
        }
    }
}

fn line(page: &mut Page<'_>, check: &CheckReport, report: &Report) {
    let mark = check::mark(check);
    let sign = format!("{:<width$}", page.style().sign(mark), width = if page.style().unicode { 1 } else { 2 });
    let spans = [
        Span::marked(mark, format!("{sign} {}", check.check.code)),
        Span::plain(format!("  {}", check.check.title)),
        Span::faint(check::outcome(check, report)),
    ];
    page.prose(2, 4, &spans);
    if let Some(each) = check::containers(check) {
        page.prose(11, 11, &[Span::faint(each)]);
    }
}

/// The width of the column of distances.
const DISTANCE: usize = 6;

/// Writes the timeline; nothing where no time is known.
fn write_timeline(page: &mut Page<'_>, report: &Report) {
    if report.timeline.is_empty() {
        return;
    }
    page.gap();
    page.line(0, &[Span::strong("timeline")]);
    for moment in timeline::lines(report) {
        let spans = [
            Span::plain(moment.time),
            Span::faint(format!(" {:>DISTANCE$}", moment.distance)),
            Span::plain(format!("  {}", moment.words)),
            Span::faint(format!("  {}", moment.source)),
        ];
        page.prose(2, 6, &spans);
    }
}

/// Writes a list of reports.
fn write_list(page: &mut Page<'_>, list: &ReportList, verbosity: Verbosity) {
    for one in &list.samples {
        page.prose(0, 2, &[Span::plain(run::intro(one))]);
    }
    let groups = groups(list, verbosity);
    // Where each says something of its own, the pages follow at once.
    if groups.len() < list.items.len() {
        page.gap();
        for group in &groups {
            overview(page, group);
        }
    }
    for (index, group) in groups.iter().enumerate() {
        page.gap();
        if index > 0 || groups.len() < list.items.len() {
            rule(page);
            page.gap();
        }
        write(page, group.first(), verbosity);
        if let Some(others) = group.others() {
            page.prose(0, 2, &[Span::faint(others)]);
        }
    }
    page.gap();
    if list.items.len() > 1 {
        rule(page);
    }
    sum(page, list);
}

/// One answer, and below it whom it is about.
fn overview(page: &mut Page<'_>, group: &Group<'_>) {
    let mark = Mark::from(group.first());
    let sign = page.style().sign(mark);
    let words = group.words().map(|words| format!(": {words}")).unwrap_or_default();
    page.prose(0, 2, &[Span::marked(mark, format!("{sign} {}", group.number())), Span::plain(words)]);
    let names: Vec<Vec<Span>> = group.names().into_iter().map(|name| vec![Span::plain(name)]).collect();
    page.groups(4, 4, 1, &names);
}

fn rule(page: &mut Page<'_>) {
    let style = page.style();
    let width = style.prose_columns().min(80);
    let line = if style.unicode { "─" } else { "-" }.repeat(width);
    page.line(0, &[Span::faint(line)]);
}

/// One line: the worst verdict, and how many had which.
fn sum(page: &mut Page<'_>, list: &ReportList) {
    let mark = Mark::from(list.verdict);
    let sign = page.style().sign(mark);
    let verdict = Span::marked(mark, format!("{sign} {}", list.verdict.word()));
    page.prose(0, 2, &[verdict, Span::plain(": "), Span::plain(run::sum(list))]);
}

/// Writes an entry: with `-v` everything that belongs to it, else what proves it and what fixes it.
pub fn write_entry(page: &mut Page<'_>, entry: &Entry, verbosity: Verbosity) {
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
