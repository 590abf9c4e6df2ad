//! Draws what the probe on every node came to: on how many it works, with which role, and why it is not known of others.

use crate::evidence::{Gap, GapReason};
use crate::findings::remediation::shell;
use crate::render::outline::entry::count;
use crate::render::page::{Page, Span};
use crate::render::style::Mark;
use crate::report::nodes::{NodesReport, ProbeOutcome, RowProbe};

/// How many roles, and how many reasons, are told.
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
pub(super) fn sum(page: &mut Page<'_>, report: &NodesReport, words: &dyn Fn(&Gap) -> String) {
    let Some(probe) = &report.probe else { return };
    page.gap();
    let account = format!("service account {} in {}", probe.service_account, probe.namespace);
    if let Some(gap) = &probe.gap {
        say(page, Mark::Unknown, format!("no node was probed as {account}: {}", words(gap)));
    }
    let all: usize = probe.outcomes.iter().map(|(_, number)| number).sum();
    let rows = || report.rows.iter().filter_map(|row| row.probe.as_ref());
    for (outcome, number) in &probe.outcomes {
        let of = format!("{number} of {}", count(all, "node"));
        let text = match outcome {
            ProbeOutcome::Works => format!("{of}: a pod of {account} gets its credentials{}", roles(rows())),
            ProbeOutcome::Fails => format!("{of}: a pod of {account} gets none"),
            ProbeOutcome::NotInjected => {
                format!("{of}: the pods of {account} were made without the variables, so none of them could ask")
            }
            ProbeOutcome::Unknown => format!("{of}: nothing was seen"),
        };
        say(page, mark(*outcome), text);
        if *outcome == ProbeOutcome::Unknown {
            for text in reasons(rows(), words) {
                page.prose(2, 4, &[Span::plain(text)]);
            }
        }
    }
    for stays in &probe.side_effects {
        say(page, Mark::Warning, stays.clone());
    }
}

fn say(page: &mut Page<'_>, mark: Mark, text: String) {
    let sign = page.style().sign(mark);
    page.prose(0, 2, &[Span::marked(mark, sign), Span::plain(" "), Span::plain(text)]);
}

/// The roles that they are of, the most frequent first.
fn roles<'r>(rows: impl Iterator<Item = &'r RowProbe>) -> String {
    let roles = tally(rows.filter_map(|row| row.role.clone()));
    match roles.as_slice() {
        [] => String::new(),
        [(role, _)] => format!(", of role {role}"),
        several => {
            let told = several.iter().take(MOST).map(|(role, number)| format!("role {role} on {number}"));
            format!(" ({})", told.collect::<Vec<_>>().join(", "))
        }
    }
}

/// Why nothing was seen, a line each, the most frequent first.
fn reasons<'r>(rows: impl Iterator<Item = &'r RowProbe>, words: &dyn Fn(&Gap) -> String) -> Vec<String> {
    let gaps = rows.filter_map(|row| row.gap.as_ref());
    // A pod that did not come up says why in words of its own.
    let told = |gap: &Gap| if gap.reason == GapReason::Insufficient { gap.detail.clone() } else { words(gap) };
    let reasons = tally(gaps.map(told));
    let more = reasons.len().saturating_sub(MOST);
    let rest = (more > 0).then(|| format!("{}: -o json says why for each node", count(more, "more reason")));
    let rows = reasons.into_iter().take(MOST).map(|(text, number)| format!("{}: {text}", count(number, "node")));
    rows.chain(rest).collect()
}

fn tally(all: impl Iterator<Item = String>) -> Vec<(String, usize)> {
    let mut found: Vec<(String, usize)> = Vec::new();
    for text in all {
        match found.iter_mut().find(|(known, _)| *known == text) {
            Some((_, number)) => *number += 1,
            None => found.push((text, 1)),
        }
    }
    found.sort_by_key(|(_, number)| std::cmp::Reverse(*number));
    found
}

/// What to type next where pods were made without the variables: what is wrong then is wrong on no node.
pub(super) fn next(report: &NodesReport) -> Option<String> {
    let probe = report.probe.as_ref()?;
    let lacks = probe.outcomes.iter().any(|(outcome, _)| *outcome == ProbeOutcome::NotInjected);
    lacks.then(|| format!("kubectl podid doctor sa/{} -n {}", shell(&probe.service_account), shell(&probe.namespace)))
}
