//! The line of links: the way of a credential, with one mark for each area it passes.

use super::outline::cause;
use super::page::{Page, Span};
use super::style::Mark;
use crate::checks::{AREAS, Area, Way, eks_auth, injection};
use crate::findings::Severity;
use crate::report::{CheckReport, Report, Status};

/// Draws the line; where it does not fit, it breaks between links.
pub fn draw(page: &mut Page<'_>, report: &Report) {
    let style = page.style();
    let mut links: Vec<Vec<Span>> = Vec::new();
    for (title, mark) in links_of(report) {
        let mut link = Vec::new();
        if !links.is_empty() {
            link.push(Span::faint(format!("{} ", style.joint())));
        }
        link.push(Span::plain(format!("{title} ")));
        link.push(Span::marked(mark, style.sign(mark)));
        links.push(link);
    }
    page.groups(2, 2, 1, &links);
}

/// The areas of a report in the order of the chain, each with the word for it and its mark.
pub fn links_of(report: &Report) -> Vec<(&'static str, Mark)> {
    AREAS
        .iter()
        .filter_map(|area| {
            let checks: Vec<&CheckReport> = report.checks.iter().filter(|check| *check.check.area == **area).collect();
            (!checks.is_empty() && !is_of_the_other_way(area, &checks, report)).then(|| {
                (area.title, if is_never_reached(area, report) { Mark::NotReached } else { mark(&checks, report) })
            })
        })
        .collect()
}

/// Whether no request of this pod can have come there: what is known of EKS Auth is then known from other pods.
fn is_never_reached(area: &Area, report: &Report) -> bool {
    let injected = report.checks.iter().find(|check| *check.check == injection::variables::CHECK);
    let of_each = injected.and_then(|check| check.containers.as_deref()).unwrap_or_default();
    let never = of_each.iter().any(|container| container.status == Status::Failed)
        && !of_each.iter().any(|container| matches!(container.status, Status::Passed | Status::Unknown));
    *area == eks_auth::AREA && never
}

/// Whether an area belongs to the way to an identity that this pod is not on, or to what was not asked for: the line shows
/// one way only.
fn is_of_the_other_way(area: &Area, checks: &[&CheckReport], report: &Report) -> bool {
    let unused = checks.iter().all(|check| check.status == Status::NotApplicable);
    unused && (area.is_active || area.way == Way::Irsa || (report.mode == "irsa" && area.way == Way::PodIdentity))
}

/// The mark of an area: it is bad where a cause lies. One check that was skipped, or failed because of something else, is enough
/// for "not reached": the rest would promise too much.
fn mark(checks: &[&CheckReport], report: &Report) -> Mark {
    let is_symptom = |check: &CheckReport| cause::explaining(check, report).is_some();
    let failed = |severity| {
        checks.iter().any(|check| check.status == Status::Failed && check.severity == severity && !is_symptom(check))
    };
    let any = |status| checks.iter().any(|check| check.status == status);
    let is_consequence = checks.iter().any(|check| check.severity > Severity::Note && is_symptom(check));
    if failed(Severity::Error) {
        Mark::Bad
    } else if failed(Severity::Warning) {
        Mark::Warning
    } else if any(Status::Unknown) {
        Mark::Unknown
    } else if is_consequence || any(Status::Skipped) || !(any(Status::Passed) || failed(Severity::Note)) {
        Mark::NotReached
    } else {
        Mark::Good
    }
}
