//! Which failures wait for the next pod: a pod that has ended, or acts by IRSA, is not struck by what holds now.
//!
//! An ended pod is judged by what was true while it ran: a role that was changed afterwards has not stopped it.
//! An association that is made for a running pod of IRSA changes nothing for it. What stands in the way of Pod Identity
//! strikes when the pod is recreated, so it is a warning until then, and has to be fixed before the restart.

use super::outcome::Outcome;
use crate::checks::{AsOf, Check, Strikes};
use crate::evidence::kubernetes::metadata::ROLE_ARN;
use crate::evidence::kubernetes::pod::ContainerKind;
use crate::evidence::{Container, Evidence, Source};
use crate::findings::{Observation, Severity};

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
