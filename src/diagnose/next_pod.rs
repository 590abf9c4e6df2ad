//! Which failures wait for the next pod: while a pod acts by IRSA, the way of Pod Identity is not yet its own.
//!
//! An association that is made for a running pod of IRSA changes nothing for it. What stands in the way of Pod Identity
//! strikes when the pod is made anew, so it is a warning until then, and has to be mended before the restart.

use crate::checks::finding::Observation;
use crate::checks::{Check, Severity};
use crate::evidence::pod::ContainerKind;
use crate::evidence::pod_identity::ROLE_ARN;
use crate::evidence::{Container, Evidence, Source};

use super::outcome::Outcome;

/// The areas of which a pod on IRSA needs nothing.
const AREAS: &[&str] = &["injection", "network", "agent", "eks-auth", "role", "probe"];
/// Single checks of other areas.
const CHECKS: &[&str] = &["cluster/supports-pod-identity", "cluster/node-supported", "association/role-account"];

/// Makes a warning of what a pod that acts by IRSA will meet only when it is made anew.
pub fn lessen(check: &Check, outcome: Outcome, evidence: &Evidence) -> Outcome {
    let concerned = AREAS.contains(&check.area()) || CHECKS.contains(&check.name);
    match outcome {
        Outcome::Failed(findings, basis)
            if concerned && findings.severity() == Severity::Error && acts_by_irsa(evidence) =>
        {
            let why = Observation {
                source: Source::Pod,
                field: ROLE_ARN.to_owned(),
                value: "the pod acts by IAM roles for service accounts until it is made anew".to_owned(),
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
