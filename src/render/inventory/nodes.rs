//! Draws nodes with the agents on them: a row for each, or for those that are alike, then what is wrong and what helps.

use std::collections::BTreeMap;

use super::probed;
use crate::evidence::inventory::NodeLogError;
use crate::evidence::kubernetes::agent_log::essence;
use crate::evidence::reading::GapKind;
use crate::evidence::source::SYSTEM_NAMESPACE;
use crate::evidence::{Gap, GapReason, Source};
use crate::findings::remediation::addressed;
use crate::findings::remediation::shell;
use crate::render::outline::entry::{self, count};
use crate::render::outline::unknown::reason;
use crate::render::outline::{Entry, Line};
use crate::render::page::{Cell, Page, Span, width_of, widths, write};
use crate::render::style::{Mark, Style};
use crate::render::{Verbosity, human};
use crate::report::nodes::{AgentState, NodeFinding, NodeRow, NodesReport, ProbeOutcome};

/// What stands where nothing is known.
const NOTHING: &str = "-";
/// Above this many nodes those that are alike share a row.
const MOST_ROWS: usize = 30;
/// How many nodes are named below a finding, and how many reasons below the table.
const MOST_NAMES: usize = 5;
/// The columns; those of the log stand only where logs were read.
const HEADINGS: [&str; 11] =
    ["NODE", "KIND", "AGENT", "PROBE", "VERSION", "READY", "RESTARTS", "PODS", "SERVED", "FAILED", "LAST-ERROR"];
/// Those that go first where a table is too wide.
const DISPENSABLE: [&str; 4] = ["RESTARTS", "KIND", "READY", "VERSION"];

/// Draws the page.
pub fn draw(report: &NodesReport, style: &Style, columns: usize, wide: bool, quiet: bool) -> String {
    let mut page = Page::new(style);
    let is_grouped = !wide && report.rows.len() > MOST_ROWS;
    let rows: Vec<Vec<Cell>> = if is_grouped {
        grouped(report, style)
    } else {
        report.rows.iter().map(|row| cells(row, style, wide)).collect()
    };
    if !rows.is_empty() {
        let (mut headings, rows) = fitting(rows, report, style, if wide { usize::MAX } else { columns });
        if is_grouped {
            headings[0] = "NODES";
        }
        write(&mut page, &headings, &rows);
        page.gap();
    }
    sum(&mut page, report);
    probed::sum(&mut page, report, wide);
    findings(&mut page, report, wide);
    if !quiet {
        next(&mut page, report);
    }
    page.finish()
}

fn cells(row: &NodeRow, style: &Style, wide: bool) -> Vec<Cell> {
    let plain = |text: String| (text, None);
    let known = |text: Option<String>| plain(text.unwrap_or_else(|| NOTHING.to_owned()));
    let (agent, requests) = (row.agent.as_ref(), row.requests());
    vec![
        plain(row.name.clone()),
        plain(row.compute.word().to_owned()),
        state(row.state, style),
        row.probe.as_ref().map_or_else(|| plain(NOTHING.to_owned()), |probe| outcome(probe.outcome, style)),
        known(agent.and_then(|agent| agent.version.clone())),
        known(agent.map(|agent| format!("{}/{}", agent.ready.0, agent.ready.1))),
        known(agent.map(|agent| agent.restarts.to_string())),
        known(row.pods.map(|pods| pods.to_string())),
        known(requests.map(|(served, _)| served.to_string())),
        known(requests.map(|(_, failed)| failed.to_string())),
        known(last_error(row, wide)),
    ]
}

fn state(state: AgentState, style: &Style) -> Cell {
    let mark = mark(state);
    (format!("{} {}", style.sign(mark), state.word()), Some(mark))
}

fn outcome(outcome: ProbeOutcome, style: &Style) -> Cell {
    let mark = probed::mark(outcome);
    (format!("{} {}", style.sign(mark), probed::word(outcome)), Some(mark))
}

/// One row for all nodes whose kind, state and version are the same; numbers are sums.
fn grouped(report: &NodesReport, style: &Style) -> Vec<Vec<Cell>> {
    type Key<'r> = (AgentState, Option<ProbeOutcome>, &'r str, Option<&'r str>);
    let mut groups: BTreeMap<Key<'_>, Vec<&NodeRow>> = BTreeMap::new();
    for row in &report.rows {
        let version = row.agent.as_ref().and_then(|agent| agent.version.as_deref());
        let probed = row.probe.as_ref().map(|probe| probe.outcome);
        groups.entry((row.state, probed, row.compute.word(), version)).or_default().push(row);
    }
    let sum = |rows: &[&NodeRow], number: &dyn Fn(&NodeRow) -> Option<u64>| {
        let known: Vec<u64> = rows.iter().filter_map(|row| number(row)).collect();
        let text = if known.is_empty() { NOTHING.to_owned() } else { known.iter().sum::<u64>().to_string() };
        (text, None)
    };
    let row = |((state_of, probed, kind, version), rows): (Key<'_>, Vec<&NodeRow>)| {
        let ready = |row: &NodeRow| row.agent.as_ref().filter(|agent| agent.ready.0 == agent.ready.1).map(|_| 1);
        let latest = rows.iter().filter_map(|row| latest(row)).max_by_key(|error| error.last);
        vec![
            (rows.len().to_string(), None),
            (kind.to_owned(), None),
            state(state_of, style),
            probed.map_or_else(|| (NOTHING.to_owned(), None), |probed| outcome(probed, style)),
            (version.unwrap_or(NOTHING).to_owned(), None),
            sum(&rows, &ready),
            sum(&rows, &|row| row.agent.as_ref().map(|agent| u64::from(agent.restarts))),
            sum(&rows, &|row| row.pods.map(|pods| pods as u64)),
            sum(&rows, &|row| row.requests().map(|(served, _)| served)),
            sum(&rows, &|row| row.requests().map(|(_, failed)| failed)),
            (latest.map_or(NOTHING, |error| error.kind().label()).to_owned(), None),
        ]
    };
    groups.into_iter().map(row).collect()
}

fn latest(row: &NodeRow) -> Option<&NodeLogError> {
    row.log.as_ref()?.errors.iter().max_by_key(|error| error.last)
}

/// The last error: by a name, or in the words of the log.
fn last_error(row: &NodeRow, wide: bool) -> Option<String> {
    let error = latest(row)?;
    Some(if wide { essence(&error.text).to_owned() } else { error.kind().label().to_owned() })
}

/// Leaves out columns of which nothing is known, and, where the table is too wide, ends of names and the columns that matter least.
fn fitting(
    mut rows: Vec<Vec<Cell>>,
    report: &NodesReport,
    style: &Style,
    columns: usize,
) -> (Vec<&'static str>, Vec<Vec<Cell>>) {
    let is_blank = |rows: &[Vec<Cell>], column: usize| rows.iter().all(|row| row[column].0 == NOTHING);
    let mut kept: Vec<usize> = (0..HEADINGS.len())
        .filter(|column| match HEADINGS[*column] {
            "SERVED" | "FAILED" => report.counts_requests,
            "PROBE" | "VERSION" | "LAST-ERROR" => !is_blank(&rows, *column),
            _ => true,
        })
        .collect();
    let excess = |kept: &[usize], rows: &[Vec<Cell>]| {
        let widths = widths(style, &HEADINGS, rows);
        let kept: Vec<usize> = kept.iter().map(|column| widths[*column]).collect();
        width_of(&kept).saturating_sub(columns)
    };
    if excess(&kept, &rows) > 0 {
        without_domains(&mut rows);
    }
    for name in DISPENSABLE {
        if excess(&kept, &rows) > 0 {
            kept.retain(|column| HEADINGS[*column] != name);
        }
    }
    let rows = rows.into_iter().map(|row| kept.iter().map(|column| row[*column].clone()).collect()).collect();
    (kept.iter().map(|column| HEADINGS[*column]).collect(), rows)
}

/// Nodes by the first part of their names, where that still tells them apart.
fn without_domains(rows: &mut [Vec<Cell>]) {
    let first = |name: &str| name.split('.').next().unwrap_or_default().to_owned();
    let mut short: Vec<String> = rows.iter().map(|row| first(&row[0].0)).collect();
    short.sort_unstable();
    short.dedup();
    if short.len() == rows.len() {
        for row in rows {
            row[0].0 = first(&row[0].0);
        }
    }
}

fn mark(state: AgentState) -> Mark {
    match state {
        AgentState::Missing | AgentState::NotReady | AgentState::Failing => Mark::Bad,
        AgentState::Warning => Mark::Warning,
        AgentState::Unknown => Mark::Unknown,
        AgentState::Ready => Mark::Good,
        AgentState::BuiltIn | AgentState::Unsupported => Mark::NotReached,
    }
}

/// How many nodes are in which state, and what was not read.
fn sum(page: &mut Page<'_>, report: &NodesReport) {
    let all: usize = report.states.iter().map(|(_, number)| number).sum();
    let words = match (all, report.gaps.is_empty(), report.rows.len()) {
        (0, true, _) => "no node was found".to_owned(),
        (0, false, _) => "which nodes there are is not known".to_owned(),
        (all, _, shown) if shown < all => format!("{shown} of {}:", count(all, "node")),
        (all, _, _) => format!("{}:", count(all, "node")),
    };
    let states: Vec<String> =
        report.states.iter().map(|(state, number)| format!("{number} {}", state.word())).collect();
    let last = states.len();
    let joint = |at: usize| if at + 1 < last { " ·" } else { "" };
    let states = states.iter().enumerate().map(|(at, words)| format!("{words}{}", joint(at)));
    let groups = std::iter::once(words).chain(states).map(|words| vec![Span::plain(words)]);
    page.groups(0, 2, 1, &groups.collect::<Vec<_>>());
    for words in unread(report) {
        say(page, Mark::Unknown, words);
    }
}

/// Says something behind its mark.
pub(super) fn say(page: &mut Page<'_>, mark: Mark, text: String) {
    let sign = page.style().sign(mark);
    page.prose(0, 2, &[Span::marked(mark, sign), Span::plain(" "), Span::plain(text)]);
}

/// What was not read, gathered by the reason: a line each.
fn unread(report: &NodesReport) -> Vec<String> {
    let lists = report.gaps.iter().map(|gap| format!("nodes not read: {}", words(gap)));
    let pods = report.pods_gap.iter().map(|gap| format!("pods not counted: {}", words(gap)));
    let mut reasons: Vec<(String, usize)> = Vec::new();
    for gap in &report.row_gaps {
        let text = words(gap);
        match reasons.iter_mut().find(|(known, _)| *known == text) {
            Some((_, number)) => *number += 1,
            None => reasons.push((text, 1)),
        }
    }
    let more = reasons.len().saturating_sub(MOST_NAMES);
    let rows = reasons.iter().take(MOST_NAMES);
    let rows = rows.map(|(text, number)| format!("{} not known in full: {text}", count(*number, "node")));
    let rest = (more > 0).then(|| format!("{}: -o json says why for each node", count(more, "more reason")));
    lists.chain(pods).chain(rows).chain(rest).collect()
}

/// Why something is not known, with the permission that would settle it.
fn words(gap: &Gap) -> String {
    reason(gap, permission(gap).as_deref())
}

/// The permission that is missing, if one is.
pub fn permission(gap: &Gap) -> Option<String> {
    if let Some(GapKind::RightsMissing(rights)) = &gap.kind {
        return Some(rights.join(" and "));
    }
    let of_source = || match gap.source {
        Source::Node => Some("list nodes".to_owned()),
        // Its gaps name the rights that are missing.
        Source::Probe => None,
        Source::Siblings => Some("list pods in all namespaces".to_owned()),
        source => source.permission_text("all namespaces", SYSTEM_NAMESPACE),
    };
    (gap.reason == GapReason::Denied).then(of_source).flatten()
}

/// Nodes of which the same is wrong.
struct Group<'r> {
    key: String,
    mark: Mark,
    finding: &'r NodeFinding,
    /// How the other nodes are named; of a finding that names none all are.
    label: &'static str,
    others: Vec<&'r str>,
}

/// What is wrong on a node: with its agent, and by its probe, of which no finding names the node.
fn told(row: &NodeRow) -> impl Iterator<Item = (&NodeRow, Mark, &NodeFinding, bool)> {
    let of_agent = row.finding.as_ref().map(|finding| (row, mark(row.state), finding, false));
    let of_probe = row.probe.as_ref().and_then(|probe| {
        let mark = if probe.outcome == ProbeOutcome::Works { Mark::Warning } else { probed::mark(probe.outcome) };
        Some((row, mark, probe.finding.as_ref()?, true))
    });
    of_agent.into_iter().chain(of_probe)
}

/// Says each thing that is wrong once, with the nodes that have it and what helps.
fn findings(page: &mut Page<'_>, report: &NodesReport, wide: bool) {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for (row, mark, finding, of_probe) in report.rows.iter().flat_map(told) {
        let agent = row.agent.as_ref().map_or("", |agent| agent.name.as_str());
        let mut key = format!("{} {}", finding.code, finding.message.replace(&row.name, "NODE"));
        if !agent.is_empty() {
            key = key.replace(agent, "AGENT");
        }
        // Times and counts differ where the thing is one.
        key.retain(|c| !c.is_ascii_digit());
        match groups.iter_mut().find(|group| group.key == key) {
            Some(group) => group.others.push(&row.name),
            None if of_probe => {
                groups.push(Group { key, mark, finding, label: "on", others: vec![row.name.as_str()] });
            }
            None => groups.push(Group { key, mark, finding, label: "also on", others: Vec::new() }),
        }
    }
    for group in &groups {
        page.gap();
        human::report::write_entry(page, &entry(group, wide), Verbosity::Normal);
    }
}

fn entry(group: &Group<'_>, wide: bool) -> Entry {
    let shown = if wide { group.others.len() } else { group.others.len().min(MOST_NAMES) };
    let more = group.others.len() - shown;
    let more = if more > 0 { format!(" and {more} more (-o wide names them)") } else { String::new() };
    let also = format!("{}{more}", group.others[..shown].join(", "));
    let lines = (!group.others.is_empty()).then(|| Line::row(group.label, also));
    Entry {
        mark: group.mark,
        codes: group.finding.code.to_string(),
        words: group.finding.message.clone(),
        lines: lines.into_iter().collect(),
        remedies: entry::remedies(&group.finding.remediation),
    }
}

/// What to type next: the doctor for a pod of the first node that is not well.
fn next(page: &mut Page<'_>, report: &NodesReport) {
    if let Some(command) = probed::next(report) {
        page.gap();
        page.line(0, &[Span::faint("next: "), Span::command(addressed(&report.context.typed, &command))]);
        return;
    }
    let mut unwell = report.rows.iter().filter(|row| row.state.is_unwell());
    let Some((namespace, name)) = unwell.find_map(|row| row.example.as_ref()) else { return };
    page.gap();
    let command = format!("kubectl podid doctor {} -n {}", shell(name), shell(namespace));
    let command = addressed(&report.context.typed, &command);
    page.line(0, &[Span::faint("next: "), Span::command(command)]);
}
