//! A cause: in full, or in one phrase.

use super::entry::{self, Entry, Line, codes, count, value};
use super::{check as checks, timeline, unknown};
use crate::checks::Code;
use crate::findings::Severity;
use crate::render::style::Mark;
use crate::report::{Cause, CheckReport, Report, Status, Unverified};

/// Says a cause with everything that belongs to it.
pub fn in_full(cause: &Cause, report: &Report) -> Entry {
    let own = report.checks.iter().find(|check| check.check == cause.check);
    let groups = checks::groups(own.map(|check| check.findings.as_slice()).unwrap_or_default());
    let mut lines = Vec::new();
    for group in &groups {
        // The heading has said one of them.
        let said = groups.len() == 1 || group.finding.message == cause.summary;
        lines.extend(checks::lines(group, said));
    }
    lines.extend(own.and_then(|check| check.observed.as_deref()).map(|seen| Line::row("seen in", seen)));
    lines.extend(cause.interval.as_ref().map(timeline::deciding));
    lines.extend(explains(cause, own, report));
    lines.extend(doubts(&cause.unverified));
    lines.extend(own.into_iter().flat_map(other_containers));
    Entry {
        mark: mark(cause.severity),
        codes: cause.check.code.to_string(),
        words: in_words(cause),
        lines,
        remedies: entry::remedies(&cause.remediation),
    }
}

/// Says a cause in one phrase, with what is wrong rather than with what should hold.
pub fn in_short(cause: &Cause) -> Entry {
    Entry {
        mark: mark(cause.severity),
        codes: cause.check.code.to_string(),
        words: in_words(cause),
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

/// What is wrong, not what should hold.
fn in_words(cause: &Cause) -> String {
    let doubt = if cause.suspected { "probably " } else { "" };
    format!("{doubt}{}", cause.summary)
}

/// What goes away with the cause, in a line each: what failed because of it, and how many checks could not be made.
fn explains(cause: &Cause, own: Option<&CheckReport>, report: &Report) -> Vec<Line> {
    let failed: Vec<&CheckReport> = report.checks.iter().filter(|check| is_explained_by(check, cause)).collect();
    let mut lines = Vec::new();
    // A cause that was read in the log has quoted it.
    let observed = own.into_iter().flat_map(|check| &check.findings).flat_map(|finding| &finding.observed);
    let quotes_it = observed.into_iter().any(|one| one.source.is_agent_log());
    let error = in_the_agents_log(&failed).filter(|_| !quotes_it);
    match failed.as_slice() {
        [] => {}
        // The error says what the check would.
        [_] if error.is_some() => {}
        [one] => {
            let words = one.findings.first().map_or(one.check.title, |finding| finding.message.as_str());
            lines.push(Line::row("explains", format!("{words} ({})", one.check.code)));
        }
        several => {
            let words = format!("{}: {}", count(several.len(), "failed check"), codes_of(several));
            lines.push(Line::row("explains", words));
        }
    }
    lines.extend(error);
    let skipped =
        |code: &&Code| report.checks.iter().any(|one| one.check.code == **code && one.status != Status::Failed);
    let waiting = cause.explains.iter().filter(skipped).count();
    if waiting > 0 {
        lines.push(Line::row("skips", format!("{}, not evaluated until then", count(waiting, "check"))));
    }
    lines
}

/// The error that the application sees, as the agent logged it, and when.
fn in_the_agents_log(failed: &[&CheckReport]) -> Option<Line> {
    let of_log = failed.iter().filter(|check| check.check.judges_log());
    let mut errors = of_log.flat_map(|check| &check.findings).filter(|finding| finding.severity == Severity::Error);
    let finding = errors.find(|finding| finding.found.is_some())?;
    let seen = finding.observed.iter().find(|one| one.source.is_agent_log())?;
    let error = finding.found.as_deref()?;
    let shown: String = error.chars().take(LONGEST_ERROR).collect();
    let more = if shown.len() < error.len() { "…" } else { "" };
    Some(Line::row("agent log", format!("{shown}{more} ({} {})", seen.field, value(&seen.value))))
}

/// How much of an error is quoted, in characters: `-v` has all of it with its own check.
const LONGEST_ERROR: usize = 100;

fn codes_of(checks: &[&CheckReport]) -> String {
    codes(&checks.iter().map(|check| check.check.code).collect::<Vec<_>>())
}

/// The cause because of which a check failed, if it is not one itself.
pub fn explaining<'r>(check: &CheckReport, report: &'r Report) -> Option<&'r Cause> {
    report.causes.iter().find(|cause| is_explained_by(check, cause))
}

/// Whether a check failed because of a cause; a note that the cause explains is no news of its own either.
fn is_explained_by(check: &CheckReport, cause: &Cause) -> bool {
    let is_symptom = || cause.explains.contains(&check.check.code);
    let is_noted = || checks::is_note(check) && check.check.causes().any(|one| one == cause.check);
    check.status == Status::Failed && (is_symptom() || is_noted())
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
