//! What a check says: in one phrase, area by area, and what it found, row by row.

use crate::checks::{AREAS, Shown};
use crate::findings::Severity;
use crate::render::Verbosity;
use crate::render::outline::entry::{Entry, Line, Row, value};
use crate::render::outline::{cause, entry};
use crate::render::style::Mark;
use crate::report::{CheckReport, Report, ReportFinding, ReportRemediation, Status};

/// A link of the chain with its checks.
pub struct Area<'r> {
    /// The word for it.
    pub title: &'static str,
    /// Its checks.
    pub checks: Vec<&'r CheckReport>,
}

/// The areas that have checks, in the order of the chain.
pub fn areas(report: &Report) -> Vec<Area<'_>> {
    let of = |name: &str| report.checks.iter().filter(|check| check.check.area.name == name).collect::<Vec<_>>();
    let areas = AREAS.iter().map(|area| Area { title: area.title, checks: of(area.name) });
    areas.filter(|area| !area.checks.is_empty()).collect()
}

/// The mark of a check.
pub fn mark(check: &CheckReport) -> Mark {
    match check.status {
        Status::Passed => Mark::Good,
        Status::Failed => cause::mark(check.severity),
        Status::Unknown => Mark::Unknown,
        Status::Skipped | Status::NotApplicable => Mark::NotReached,
    }
}

/// What the mark does not say; it goes on behind the title and may be empty.
pub fn outcome(check: &CheckReport, report: &Report) -> String {
    let reason = check.reason.as_deref().unwrap_or_default();
    match check.status {
        Status::Passed => check.observed.as_ref().map_or_else(String::new, |seen| format!(" — {seen}")),
        Status::Failed if is_note(check) => " — a note".to_owned(),
        Status::Failed => cause::explaining(check, report)
            .map_or_else(|| " — failed".to_owned(), |cause| format!(" — failed because of {}", cause.check.code)),
        Status::Unknown => " — not checked".to_owned(),
        Status::Skipped => format!(" — skipped: {reason}"),
        Status::NotApplicable => format!(" — not applicable: {reason}"),
    }
}

/// How it ended for each container, where it did not end the same for all.
pub fn containers(check: &CheckReport) -> Option<String> {
    let containers = check.containers.as_deref().unwrap_or_default();
    let differs = containers.iter().any(|container| container.status != check.status);
    let each = || containers.iter().map(|one| format!("{} {}", one.name, words(one.status))).collect::<Vec<_>>();
    differs.then(|| each().join(" · "))
}

fn words(status: Status) -> &'static str {
    match status {
        Status::NotApplicable => "not applicable",
        other => other.word(),
    }
}

/// Says the notes of the checks that are no cause; those that a cause explains stand with it.
///
/// What is true of most clusters and asks for nothing is listed with `-v` only.
pub fn entries(report: &Report, verbosity: Verbosity) -> Vec<Entry> {
    let mut entries = Vec::new();
    let is_explained = |check: &CheckReport| cause::explaining(check, report).is_some();
    let is_shown = |check: &CheckReport| check.check.shown == Shown::Always || verbosity >= Verbosity::Verbose;
    let notes = report.checks.iter().filter(|check| is_note(check) && is_shown(check) && !is_explained(check));
    for check in notes {
        for group in groups(&check.findings) {
            entries.push(Entry {
                mark: Mark::NotReached,
                codes: check.check.code.to_string(),
                words: format!("note — {}", group.finding.message),
                lines: lines(&group, true),
                remedies: entry::remedies(&group.remedies),
            });
        }
    }
    entries
}

/// Whether a check has nothing but notes to say.
pub fn is_note(check: &CheckReport) -> bool {
    check.status == Status::Failed && check.severity == Severity::Note
}

/// How many of the values that were read prove a finding on a short page.
const PROOFS: usize = 3;

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

/// Says a finding's message, unless the reader has just read it, and its rows.
pub fn lines(group: &Group<'_>, already_said: bool) -> Vec<Line> {
    let finding = group.finding;
    let mut lines = Vec::new();
    if !already_said {
        let weight = match finding.severity {
            Severity::Note => "note — ",
            _ if finding.suspected => "probably — ",
            _ => "",
        };
        lines.push(Line::Says(format!("{weight}{}", finding.message)));
    }
    match group.containers.as_slice() {
        [] => {}
        [one] => lines.push(Line::row("in", format!("container {one}"))),
        several => lines.push(Line::row("in", format!("containers {}", several.join(" ")))),
    }
    lines.extend(finding.found.iter().map(|found| Line::row("found", found)));
    lines.extend(finding.expected.iter().map(|expected| Line::detail("expected", expected)));
    lines.extend(finding.observed.iter().enumerate().map(|(index, one)| {
        let words = format!("{} {}", one.field, value(&one.value));
        let is_detail = index >= PROOFS;
        Line::Row(Row { label: "observed", words, source: Some(one.source.name()), is_detail })
    }));
    lines
}
