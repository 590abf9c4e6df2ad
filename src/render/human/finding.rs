//! What a check found, row by row: what is there, what should be there, where that was read.

use crate::checks::Severity;
use crate::render::page::{Page, Span};
use crate::report::{ReportFinding, ReportRemediation};

use super::words::value;

/// Findings that say the same of several containers.
pub struct Group<'r> {
    /// One of them.
    pub finding: &'r ReportFinding,
    /// The containers; empty for the pod.
    pub containers: Vec<&'r str>,
    /// What a person can do about all of them.
    pub remedies: Vec<ReportRemediation>,
}

/// Gathers findings that differ in their container and remedies alone.
pub fn groups<'r>(findings: impl IntoIterator<Item = &'r ReportFinding>) -> Vec<Group<'r>> {
    let mut groups: Vec<Group<'r>> = Vec::new();
    for finding in findings {
        let same = groups.iter().position(|group| is_same(group.finding, finding)).unwrap_or_else(|| {
            groups.push(Group { finding, containers: Vec::new(), remedies: Vec::new() });
            groups.len() - 1
        });
        let group = &mut groups[same];
        group.containers.extend(finding.container.as_deref());
        for remedy in &finding.remediation {
            if !group.remedies.contains(remedy) {
                group.remedies.push(remedy.clone());
            }
        }
    }
    groups
}

fn is_same(one: &ReportFinding, other: &ReportFinding) -> bool {
    let bare = |finding: &ReportFinding| ReportFinding { container: None, remediation: Vec::new(), ..finding.clone() };
    bare(one) == bare(other)
}

/// Writes a finding's message, unless the reader has just read it, and its rows.
pub fn write(page: &mut Page<'_>, group: &Group<'_>, already_said: bool) {
    let finding = group.finding;
    if !already_said {
        let weight = match finding.severity {
            Severity::Note => "note — ",
            _ if finding.suspected => "probably — ",
            _ => "",
        };
        page.prose(2, 2, &[Span::plain(format!("{weight}{}", finding.message))]);
    }
    match group.containers.as_slice() {
        [] => {}
        [one] => page.row("in", &[Span::plain(format!("container {one}"))]),
        several => page.row("in", &[Span::plain(format!("containers {}", several.join(" ")))]),
    }
    if let Some(found) = &finding.found {
        page.row("found", &[Span::plain(found)]);
    }
    if let Some(expected) = &finding.expected {
        page.row("expected", &[Span::plain(expected)]);
    }
    let mut label = "observed";
    for one in &finding.observed {
        let what = format!("{} {}", one.field, value(&one.value));
        page.hanging_row(label, 2, &[Span::plain(what), Span::faint(format!("  {}", one.source.name()))]);
        label = "";
    }
}

/// Writes what a person can do, in the order in which it is to be done.
pub fn remedies(page: &mut Page<'_>, remedies: &[ReportRemediation]) {
    for (index, remedy) in remedies.iter().enumerate() {
        let (label, does) = match (index, remedy.does.strip_prefix("or ")) {
            (0, _) => ("fix", remedy.does.as_str()),
            (_, Some(choice)) => ("or", choice),
            (_, None) => ("then", remedy.does.as_str()),
        };
        page.row(label, &[Span::strong(does)]);
        if let Some(command) = &remedy.command {
            page.command(command);
        }
        if !remedy.changes.is_empty() {
            page.row("", &[Span::faint(&remedy.changes)]);
        }
    }
}
