//! Which failures are causes, which are folded under them, and which wait for the next pod.

use crate::checks::{AsOf, Check, Code, Strikes};
use crate::diagnose::outcome::{Judged, Outcome, Standing, Subject};
use crate::evidence::kubernetes::metadata::ROLE_ARN;
use crate::evidence::kubernetes::pod::ContainerKind;
use crate::evidence::{Container, Evidence, Gap, GapReason, Source};
use crate::findings::{Observation, Severity};

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

/// Defers to the next pod what does not affect this one: a pod that has ended, or that acts by IRSA until it is recreated.
pub fn defer(check: &Check, outcome: Outcome, evidence: &Evidence) -> Outcome {
    match (outcome, evidence.live_pod()) {
        (Outcome::Failed(findings, basis), Ok(Some(pod)))
            if pod.has_ended() && check.as_of == AsOf::Now && pod.containers().any(|one| has_variables(&one)) =>
        {
            let value = match pod.ended_at() {
                Some(time) => format!("the pod ended {time}, and what is told here is as of now"),
                None => "the pod has ended, and what is told here is as of now".to_owned(),
            };
            let when = Observation { source: Source::Pod, field: "status.phase".to_owned(), value };
            let done = pod.status.phase.as_deref() == Some("Succeeded");
            // What has done its work had what it needed; the next pod may not.
            let findings = if done { findings.waiting() } else { findings.suspected() };
            Outcome::Failed(findings.observed(&when), basis)
        }
        (outcome, _) => until_recreated(check, outcome, evidence),
    }
}

/// Without the variables nothing was ever asked with the role.
fn has_variables(container: &Container<'_>) -> bool {
    container.is_injected() || container.has_web_identity_variables()
}

/// Makes a warning of what a pod that acts by IRSA will meet only when it is recreated.
fn until_recreated(check: &Check, outcome: Outcome, evidence: &Evidence) -> Outcome {
    let waits = check.strikes == Strikes::PodsOnPodIdentity;
    match outcome {
        Outcome::Failed(findings, basis)
            if waits && findings.severity() == Severity::Error && acts_by_irsa(evidence) =>
        {
            let why = Observation {
                source: Source::Pod,
                field: ROLE_ARN.to_owned(),
                value: "the pod acts by IAM roles for service accounts until it is recreated".to_owned(),
            };
            Outcome::Failed(findings.waiting().observed(&why), basis)
        }
        other => other,
    }
}

/// Whether all its main containers have the variables of IRSA, none has those of Pod Identity, and an association waits.
fn acts_by_irsa(evidence: &Evidence) -> bool {
    let Ok(Some(pod)) = evidence.live_pod() else { return false };
    let on_irsa = |one: &Container<'_>| one.has_web_identity_variables();
    let mut main = pod.containers().filter(|one| one.kind == ContainerKind::Main).peekable();
    main.peek().is_some()
        && main.all(|one| on_irsa(&one))
        && !pod.containers().any(|one| one.has_pod_identity_variables())
        && evidence.associated().is_ok_and(|row| row.is_some())
}
