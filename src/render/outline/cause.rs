//! A cause: in full, or in one phrase.

use crate::checks::{Code, Severity, registry};
use crate::render::style::Mark;
use crate::report::{Cause, CheckReport, Report, Status, Unverified};

use super::count::codes;
use super::entry::{self, Entry, Line};
use super::{finding, timeline, unknown};

/// The most symptoms that are named with their titles.
const MOST_SYMPTOMS: usize = 3;

/// Says a cause with everything that belongs to it.
pub fn in_full(cause: &Cause, report: &Report) -> Entry {
    let doubt = if cause.suspected { " — probably not so" } else { "" };
    let own = report.checks.iter().find(|check| check.check == cause.check);
    let groups = finding::groups(own.map(|check| check.findings.as_slice()).unwrap_or_default());
    let mut lines = Vec::new();
    for group in &groups {
        let said = groups.len() == 1 && report.summary.contains(&group.finding.message);
        lines.extend(finding::lines(group, said));
    }
    lines.extend(own.and_then(|check| check.observed.as_deref()).map(|seen| Line::row("seen in", seen)));
    lines.extend(cause.interval.as_ref().map(timeline::deciding));
    lines.extend(explains(&cause.explains, &report.checks));
    lines.extend(doubts(&cause.unverified));
    lines.extend(own.into_iter().flat_map(other_containers));
    Entry {
        mark: mark(cause.severity),
        codes: cause.check.code.to_string(),
        words: format!("{}{doubt}", cause.check.title),
        lines,
        remedies: entry::remedies(&cause.remediation),
    }
}

/// Says a cause in one phrase, with what is wrong rather than with what should hold.
pub fn in_short(cause: &Cause) -> Entry {
    let doubt = if cause.suspected { "probably " } else { "" };
    Entry {
        mark: mark(cause.severity),
        codes: cause.check.code.to_string(),
        words: format!("{doubt}{}", cause.summary),
        lines: Vec::new(),
        remedies: Vec::new(),
    }
}

/// The mark of a failure.
pub fn mark(severity: Severity) -> Mark {
    match severity {
        Severity::Error => Mark::Bad,
        Severity::Warning => Mark::Warning,
        Severity::Note => Mark::NotReached,
    }
}

/// What goes away with the cause: failures that are its symptoms, and checks that could not be made because of it.
fn explains(explained: &[Code], checks: &[CheckReport]) -> Vec<Line> {
    let failed = |code: &&Code| checks.iter().any(|check| check.check.code == **code && check.status == Status::Failed);
    let (symptoms, waiting): (Vec<&Code>, Vec<&Code>) = explained.iter().partition(failed);
    let mut lines = Vec::new();
    for code in symptoms.iter().take(MOST_SYMPTOMS) {
        let title = registry::by_code(**code).map_or("", |check| check.title);
        lines.push(Line::row("explains", format!("{code}  {title} — not so")));
    }
    let more: Vec<Code> = symptoms.into_iter().skip(MOST_SYMPTOMS).copied().collect();
    if !more.is_empty() {
        lines.push(Line::row("explains", format!("and {}", codes(&more))));
    }
    let waiting: Vec<Code> = waiting.into_iter().copied().collect();
    if !waiting.is_empty() {
        lines.push(Line::row("skips", format!("{} until this is fixed", codes(&waiting))));
    }
    lines
}

/// Containers for which the failed check is not known: the failure of another one must not hide them.
fn other_containers(check: &CheckReport) -> Vec<Line> {
    let unknown = check.containers.iter().flatten().filter_map(|container| {
        let words = unknown::reason(container.gap.as_ref()?, check.permission.as_deref());
        Some(Line::row("unsure", format!("not known for container {} — {words}", container.name)))
    });
    unknown.collect()
}

/// What is unknown upstream: there may be an earlier cause.
fn doubts(unverified: &[Unverified]) -> Vec<Line> {
    let groups = unknown::group(unverified.iter().map(|one| (one.code, &one.gap, one.permission.as_deref())));
    let line = |group: unknown::Group<'_>| {
        let are = if group.codes.len() == 1 { "is" } else { "are" };
        let needs = group.permission.map_or_else(|| group.words(), |permission| format!("needs {permission}"));
        let codes = codes(&group.codes);
        Line::row("unsure", format!("there may be an earlier cause: {codes} {are} not known — {needs}"))
    };
    groups.into_iter().map(line).collect()
}
