//! Draws what the probe on every node came to: on how many it works, with which role, and why it is not known of others.

use super::nodes::say;
use crate::findings::remediation::shell;
use crate::render::outline::entry::count;
use crate::render::page::{Page, Span};
use crate::render::style::Mark;
use crate::report::nodes::{NodesReport, ProbeOutcome};

/// How many roles, how many reasons, and how many nodes of each, are told.
const MOST: usize = 5;

/// The mark of an outcome.
pub(super) fn mark(outcome: ProbeOutcome) -> Mark {
    match outcome {
        ProbeOutcome::Fails | ProbeOutcome::NotInjected => Mark::Bad,
        ProbeOutcome::Unknown => Mark::Unknown,
        ProbeOutcome::Works => Mark::Good,
    }
}

/// An outcome in a table.
pub(super) fn word(outcome: ProbeOutcome) -> &'static str {
    match outcome {
        ProbeOutcome::Fails => "fails",
        ProbeOutcome::NotInjected => "no variables",
        ProbeOutcome::Unknown => "unknown",
        ProbeOutcome::Works => "works",
    }
}

/// On how many nodes the identity works; then what was not seen, and what stays.
pub(super) fn sum(page: &mut Page<'_>, report: &NodesReport, wide: bool) {
    let Some(probe) = &report.probe else { return };
    page.gap();
    let account = format!("service account {} in {}", probe.service_account, probe.namespace);
    if let Some(gap) = &probe.gap {
        say(page, Mark::Unknown, format!("no node was probed as {account}: {}", gap.detail));
    }
    let all: usize = probe.outcomes.iter().map(|(_, number)| number).sum();
    for (outcome, number) in &probe.outcomes {
        let of = format!("{number} of {}", count(all, "node"));
        let text = match outcome {
            ProbeOutcome::Works => format!("{of}: a pod of {account} gets its credentials{}", roles(&probe.roles)),
            ProbeOutcome::Fails => format!("{of}: a pod of {account} does not get what it needs"),
            ProbeOutcome::NotInjected => {
                format!("{of}: the pods of {account} were made without the variables, so none of them could ask")
            }
            ProbeOutcome::Unknown => format!("{of}: nothing was seen"),
        };
        say(page, mark(*outcome), text);
        if *outcome == ProbeOutcome::Unknown {
            unknown(page, &probe.unknown, wide);
        }
    }
    for stays in &probe.side_effects {
        say(page, Mark::Warning, stays.clone());
    }
}

/// The roles that they are of.
fn roles(roles: &[(String, usize)]) -> String {
    match roles {
        [] => String::new(),
        [(role, _)] => format!(", of role {role}"),
        several => {
            let told = several.iter().take(MOST).map(|(role, number)| format!("role {role} on {number}"));
            format!(" ({})", told.collect::<Vec<_>>().join(", "))
        }
    }
}

/// Why nothing was seen, and on which nodes.
fn unknown(page: &mut Page<'_>, reasons: &[(String, Vec<String>)], wide: bool) {
    let most = if wide { usize::MAX } else { MOST };
    for (reason, nodes) in reasons.iter().take(most) {
        let named = nodes.iter().take(most).cloned().collect::<Vec<_>>().join(", ");
        let more = match nodes.len().saturating_sub(most) {
            0 => String::new(),
            more => format!(" and {more} more (-o wide names them)"),
        };
        page.prose(2, 4, &[Span::plain(format!("{named}{more}: {reason}"))]);
    }
    if let more @ 1.. = reasons.len().saturating_sub(most) {
        page.prose(2, 4, &[Span::plain(format!("{} (-o wide names them)", count(more, "more reason")))]);
    }
}

/// What to type next where a pod did not get its credentials: what stands in the way may be on no node.
pub(super) fn next(report: &NodesReport) -> Option<String> {
    let probe = report.probe.as_ref()?;
    let is_bad = |(outcome, _): &(ProbeOutcome, usize)| mark(*outcome) == Mark::Bad;
    let command =
        || format!("kubectl podid doctor sa/{} -n {}", shell(&probe.service_account), shell(&probe.namespace));
    probe.outcomes.iter().any(is_bad).then(command)
}
