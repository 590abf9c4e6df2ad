//! What could not be checked, gathered by the reason, so that one refusal is one line.

use super::entry::{Entry, Line, codes, count};
use crate::checks::{Check, Code, registry};
use crate::evidence::Gap;
use crate::evidence::source::System;
use crate::render::Verbosity;
use crate::render::style::Mark;
use crate::report::Report;
use crate::report::summary::of_areas;

/// From how many checks on a reason is told once for all of them.
const ENOUGH_TO_GATHER: usize = 3;

/// Checks that are unknown for the same reason.
pub struct Group<'r> {
    /// The checks.
    pub codes: Vec<Code>,
    /// The first of their gaps.
    pub gap: &'r Gap,
    /// The permission that would settle them.
    pub permission: Option<&'r str>,
}

impl Group<'_> {
    /// Why they are unknown.
    pub fn words(&self) -> String {
        reason(self.gap, self.permission)
    }
}

/// Says why something is unknown: the permission that was refused, or what was answered.
pub fn reason(gap: &Gap, permission: Option<&str>) -> String {
    let phrase = gap.reason.phrase();
    match (permission, gap.detail.as_str(), gap.reason.word()) {
        (Some(permission), _, _) => format!("{permission} denied"),
        (None, "", _) => format!("{} {phrase}", gap.source.name()),
        (None, detail, "blocked" | "insufficient") => detail.to_owned(),
        (None, detail, "notRequested") => format!("{phrase} ({detail})"),
        (None, detail, "malformed") => format!("an answer of {} could not be understood — {detail}", server(gap)),
        (None, detail, "unreachable" | "timedOut" | "throttled") => format!("{} {phrase} — {detail}", server(gap)),
        (None, detail, _) => format!("{phrase} — {detail}"),
    }
}

/// Who was asked.
pub fn server(gap: &Gap) -> &'static str {
    match gap.source.system() {
        System::Kubernetes => "the API server",
        System::Aws => "AWS",
    }
}

/// Whether two gaps can be told in one line: not if each names another server.
fn of_one_server(one: &Gap, other: &Gap) -> bool {
    let names = |gap: &Gap| matches!(gap.reason.word(), "malformed" | "unreachable" | "timedOut" | "throttled");
    !names(one) || !names(other) || one.source.system() == other.source.system()
}

/// Gathers unknown checks by what would settle them. The echo of an earlier gap goes with that gap.
pub fn group<'r>(unknown: impl IntoIterator<Item = (Code, &'r Gap, Option<&'r str>)>) -> Vec<Group<'r>> {
    let mut groups: Vec<Group<'r>> = Vec::new();
    for (code, gap, permission) in unknown {
        let same = |group: &&mut Group<'r>| match permission {
            Some(_) => group.permission == permission,
            None if gap.detail.is_empty() => group.permission.is_none() && group.gap.reason == gap.reason,
            None => group.permission.is_none() && group.gap.detail == gap.detail && of_one_server(group.gap, gap),
        };
        match groups.iter_mut().find(same) {
            Some(group) if group.codes.contains(&code) => {}
            Some(group) => group.codes.push(code),
            None => groups.push(Group { codes: vec![code], gap, permission }),
        }
    }
    groups
}

/// Says what is unknown: an entry for each check, or one for many that are unknown for the same reason.
pub fn entries(report: &Report, verbosity: Verbosity) -> Vec<Entry> {
    let unknown = report
        .checks
        .iter()
        .filter_map(|check| check.gap.as_ref().map(|gap| (check.check.code, gap, check.permission.as_deref())));
    let groups = group(unknown);
    let lacking: Vec<&Group<'_>> = groups.iter().filter(|group| group.permission.is_some()).collect();
    if lacking.len() < 2 || verbosity >= Verbosity::Verbose {
        return groups.iter().flat_map(|group| of_group(report, group, verbosity)).collect();
    }
    let others = groups.iter().filter(|group| group.permission.is_none());
    std::iter::once(rights(report, &lacking))
        .chain(others.flat_map(|group| of_group(report, group, verbosity)))
        .collect()
}

/// How many missing rights are listed; a command lists the rest.
const MOST_RIGHTS: usize = 4;

/// Several rights that are missing, those that settle most first.
fn rights(report: &Report, lacking: &[&Group<'_>]) -> Entry {
    let mut sorted: Vec<&Group<'_>> = lacking.to_vec();
    sorted.sort_by_key(|group| std::cmp::Reverse(group.codes.len()));
    let mut all: Vec<Code> = lacking.iter().flat_map(|group| group.codes.iter().copied()).collect();
    all.sort_unstable();
    all.dedup();
    let line = |group: &&Group<'_>| {
        let right = group.permission.unwrap_or_default();
        Line::row("lacks", format!("{right}: {}", in_words(&group.codes)))
    };
    let mut lines: Vec<Line> = sorted.iter().take(MOST_RIGHTS).map(line).collect();
    if let Some(more) = lacking.len().checked_sub(MOST_RIGHTS).filter(|more| *more > 0) {
        lines.push(Line::row("lacks", format!("and {} more: kubectl podid permissions --check", count(more, "right"))));
    }
    let proof = excused(report, &all);
    lines.extend(proof.map(|proof| Line::row("but", proof)));
    lines.push(Line::row("checks", codes(&all)));
    Entry {
        mark: Mark::Unknown,
        codes: count(all.len(), "check"),
        words: format!("— not checked: {} are missing", count(lacking.len(), "right")),
        lines,
        remedies: Vec::new(),
    }
}

/// Many checks, by what they are about.
fn in_words(codes: &[Code]) -> String {
    let checks: Vec<&Check> = codes.iter().filter_map(|code| registry::by_code(*code)).collect();
    of_areas(&checks)
}

/// What shows that something unknown cannot matter, and of which checks, if not of all.
fn excused(report: &Report, all: &[Code]) -> Option<String> {
    let excuse = |code: &Code| report.checks.iter().find(|one| one.check.code == *code)?.excused.as_ref();
    let words = all.iter().find_map(excuse)?.words.as_str();
    let settled: Vec<Code> =
        all.iter().copied().filter(|code| excuse(code).is_some_and(|one| one.words == words)).collect();
    let of_some = if settled.len() == all.len() { String::new() } else { format!(" ({})", codes(&settled)) };
    Some(format!("it worked, {words}{of_some}"))
}

fn of_group(report: &Report, group: &Group<'_>, verbosity: Verbosity) -> Vec<Entry> {
    let reason = format!("— not checked: {}", group.words());
    let entry = |codes, words| Entry { mark: Mark::Unknown, codes, words, lines: Vec::new(), remedies: Vec::new() };
    let mut entries: Vec<Entry> = if group.codes.len() >= ENOUGH_TO_GATHER {
        vec![entry(in_words(&group.codes), reason)]
    } else {
        let title = |code: &Code| registry::by_code(*code).map_or("", |check| check.title);
        group.codes.iter().map(|code| entry(code.to_string(), format!("{} {reason}", title(code)))).collect()
    };
    if let Some(last) = entries.last_mut() {
        let proof = excused(report, &group.codes);
        last.lines.extend(proof.map(|proof| Line::row("but", proof)));
        if group.codes.len() >= ENOUGH_TO_GATHER {
            last.lines.push(Line::row("checks", codes(&group.codes)));
        }
        if verbosity >= Verbosity::Verbose && group.permission.is_some() && !group.gap.detail.is_empty() {
            last.lines.push(Line::row("answered", &group.gap.detail));
        }
    }
    entries
}
