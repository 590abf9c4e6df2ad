//! Which failures are causes, and which are folded under them.

use super::outcome::{Judged, Outcome, Standing, Subject};
use crate::checks::{Check, Code};
use crate::evidence::{Gap, GapReason};
use crate::findings::Severity;

/// A failure that nothing else explains.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundCause {
    /// Its check.
    pub check: &'static Check,
    /// Its weight.
    pub severity: Severity,
    /// Whether the evidence only suggests it.
    pub suspected: bool,
    /// Whether it strikes only when the pod is recreated.
    pub waits: bool,
    /// The checks that were skipped because of it, and the failures that are its symptoms.
    pub explains: Vec<Code>,
    /// What is unknown upstream of it: there may be an earlier cause.
    pub unverified: Vec<(Code, Gap)>,
}

/// Finds the causes, the one to fix first at the front: by severity, confirmed before suspected, what a restart would
/// run into before the restart, by place in the chain.
pub fn causes(judged: &[Judged]) -> Vec<FoundCause> {
    let mut causes: Vec<FoundCause> = judged.iter().filter_map(|one| cause(one, judged)).collect();
    causes.sort_by_key(|cause| (std::cmp::Reverse(cause.severity), cause.suspected, !cause.waits));
    causes
}

fn cause(one: &Judged, judged: &[Judged]) -> Option<FoundCause> {
    let own = unexplained(one, judged);
    let findings: Vec<_> = own
        .iter()
        .filter_map(|subject| match &subject.outcome {
            Outcome::Failed(findings, _) => Some(findings),
            _ => None,
        })
        .collect();
    let severity = findings.iter().map(|findings| findings.severity()).max()?;
    let code = one.check.code;
    let explains = judged
        .iter()
        .filter(|other| other.check.code != code && roots(other, judged).contains(&code))
        .map(|other| other.check.code)
        .collect();
    Some(FoundCause {
        check: one.check,
        severity,
        suspected: findings.iter().all(|findings| findings.is_suspected()),
        waits: findings.iter().any(|findings| findings.waits()),
        explains,
        unverified: unverified(one.check, judged),
    })
}

/// The subjects of a check that failed with more than a note and that no other failure explains.
fn unexplained<'j>(one: &'j Judged, judged: &[Judged]) -> Vec<&'j Subject> {
    one.subjects
        .iter()
        .filter(|subject| subject.outcome.is_failure() && explainers(one.check, subject, judged).is_empty())
        .collect()
}

/// The failed checks that a failure of this check, for this subject, is a symptom of.
fn explainers<'j>(check: &Check, subject: &Subject, judged: &'j [Judged]) -> Vec<&'j Judged> {
    let container = subject.container.as_ref().map(|container| container.name.as_str());
    let failed = |other: &&Judged| {
        check.causes().any(|cause| cause == other.check)
            && matches!(other.standing_for(container), Standing::Failed(code) if code == other.check.code)
    };
    judged.iter().filter(failed).collect()
}

/// The causes that a failed or skipped check goes back to; empty for a check that is itself a cause or did not fail.
pub fn roots(one: &Judged, judged: &[Judged]) -> Vec<Code> {
    let mut found = Vec::new();
    collect_roots(one, judged, &mut Vec::new(), &mut found);
    found
}

fn collect_roots(one: &Judged, judged: &[Judged], visited: &mut Vec<Code>, found: &mut Vec<Code>) {
    if visited.contains(&one.check.code) {
        return;
    }
    visited.push(one.check.code);
    for subject in &one.subjects {
        let next: Vec<&Judged> = match &subject.outcome {
            Outcome::Skipped(because) => judged.iter().filter(|other| other.check.code == *because).collect(),
            outcome if outcome.is_failure() => explainers(one.check, subject, judged),
            _ => Vec::new(),
        };
        for other in next {
            if unexplained(other, judged).is_empty() {
                collect_roots(other, judged, visited, found);
            } else if !found.contains(&other.check.code) {
                found.push(other.check.code);
            }
        }
    }
}

/// The severity that a check's failures have in force: a symptom takes the one of its cause.
pub fn severity_in_force(one: &Judged, causes: &[FoundCause], judged: &[Judged]) -> Severity {
    let own = one.subjects.iter().filter_map(|subject| match &subject.outcome {
        Outcome::Failed(findings, _) => Some(findings.severity()),
        _ => None,
    });
    let Some(own) = own.max() else { return one.check.severity };
    if own == Severity::Note || causes.iter().any(|cause| cause.check == one.check) {
        return own;
    }
    let roots = roots(one, judged);
    causes.iter().filter(|cause| roots.contains(&cause.check.code)).map(|cause| cause.severity).max().unwrap_or(own)
}

/// What is unknown among everything that a check requires or is explained by, near and far.
fn unverified(check: &Check, judged: &[Judged]) -> Vec<(Code, Gap)> {
    let mut visited = vec![check.code];
    let mut waiting: Vec<&Check> = check.requires.iter().copied().chain(check.causes()).collect();
    let mut found = Vec::new();
    while let Some(next) = waiting.pop() {
        if visited.contains(&next.code) {
            continue;
        }
        visited.push(next.code);
        let outcome = judged.iter().find(|other| other.check == next).and_then(Judged::worst);
        // What has no meaning here explains nothing, and neither does what might stand behind it.
        if matches!(outcome, Some(Outcome::NotApplicable(_))) {
            continue;
        }
        waiting.extend(next.requires.iter().copied().chain(next.causes()));
        if let Some(Outcome::Unknown(gap)) = outcome
            && gap.reason != GapReason::NotRequested
        {
            found.push((next.code, gap.clone()));
        }
    }
    found.sort_by_key(|(code, _)| *code);
    found
}
