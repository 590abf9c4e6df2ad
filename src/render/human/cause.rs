//! A cause: in full, or in one line.

use crate::checks::{Code, Severity, registry};
use crate::render::page::{Page, Span};
use crate::render::style::Mark;
use crate::report::{Cause, CheckReport, Report, Status, Unverified};

use super::words::codes;
use super::{finding, unknown};

/// The most symptoms that are named with their titles.
const MOST_SYMPTOMS: usize = 3;

/// Writes a cause with everything that belongs to it.
pub fn in_full(page: &mut Page<'_>, cause: &Cause, report: &Report) {
    let doubt = if cause.suspected { " — probably not so" } else { "" };
    head(page, cause, &format!("{}{doubt}", cause.check.title));
    let own = report.checks.iter().find(|check| check.check == cause.check);
    let groups = finding::groups(own.map(|check| check.findings.as_slice()).unwrap_or_default());
    for group in &groups {
        let said = groups.len() == 1 && report.summary.contains(&group.finding.message);
        finding::write(page, group, said);
    }
    if let Some(seen) = own.and_then(|check| check.observed.as_deref()) {
        page.row("seen in", &[Span::plain(seen)]);
    }
    explains(page, &cause.explains, &report.checks);
    doubts(page, &cause.unverified);
    if let Some(check) = own {
        other_containers(page, check);
    }
    finding::remedies(page, &cause.remediation);
}

/// Writes a cause as one line, with what is wrong rather than with what should hold.
pub fn in_short(page: &mut Page<'_>, cause: &Cause) {
    let doubt = if cause.suspected { "probably " } else { "" };
    head(page, cause, &format!("{doubt}{}", cause.summary));
}

/// The mark of a failure.
pub fn mark(severity: Severity) -> Mark {
    match severity {
        Severity::Error => Mark::Bad,
        Severity::Warning => Mark::Warning,
        Severity::Note => Mark::NotReached,
    }
}

fn head(page: &mut Page<'_>, cause: &Cause, words: &str) {
    let mark = mark(cause.severity);
    let sign = page.style().sign(mark);
    let spans = [Span::marked(mark, format!("{sign} {}", cause.check.code)), Span::plain(format!("  {words}"))];
    page.prose(0, 2, &spans);
}

/// What goes away with the cause: failures that are its symptoms, and checks that could not be made because of it.
fn explains(page: &mut Page<'_>, explained: &[Code], checks: &[CheckReport]) {
    let failed = |code: &&Code| checks.iter().any(|check| check.check.code == **code && check.status == Status::Failed);
    let (symptoms, waiting): (Vec<&Code>, Vec<&Code>) = explained.iter().partition(failed);
    let mut label = "explains";
    for code in symptoms.iter().take(MOST_SYMPTOMS) {
        let title = registry::by_code(**code).map_or("", |check| check.title);
        page.row(label, &[Span::plain(format!("{code}  {title} — not so"))]);
        label = "";
    }
    let more: Vec<Code> = symptoms.into_iter().skip(MOST_SYMPTOMS).copied().collect();
    if !more.is_empty() {
        page.row("", &[Span::plain(format!("and {}", codes(&more)))]);
    }
    let waiting: Vec<Code> = waiting.into_iter().copied().collect();
    if !waiting.is_empty() {
        page.row("skips", &[Span::plain(format!("{} until this is fixed", codes(&waiting)))]);
    }
}

/// Containers for which the failed check is not known: the failure of another one must not hide them.
fn other_containers(page: &mut Page<'_>, check: &CheckReport) {
    for container in check.containers.iter().flatten() {
        if let Some(gap) = &container.gap {
            let words = unknown::reason(gap, check.permission.as_deref());
            page.row("unsure", &[Span::plain(format!("not known for container {} — {words}", container.name))]);
        }
    }
}

/// What is unknown upstream: there may be an earlier cause.
fn doubts(page: &mut Page<'_>, unverified: &[Unverified]) {
    let mut label = "unsure";
    for group in unknown::group(unverified.iter().map(|one| (one.code, &one.gap, one.permission.as_deref()))) {
        let are = if group.codes.len() == 1 { "is" } else { "are" };
        let needs = group.permission.map_or_else(|| group.words(), |permission| format!("needs {permission}"));
        let words = format!("there may be an earlier cause: {} {are} not known — {needs}", codes(&group.codes));
        page.row(label, &[Span::plain(words)]);
        label = "";
    }
}
