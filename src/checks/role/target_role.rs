//! Asks whether the associated role may become the target role: two policies must agree, one on each side.
//!
//! It is separate from the associated role's own trust: EKS takes that first step, and the role itself takes this one.

use crate::advice;
use crate::advice::words::role as words;
use crate::checks::{AsOf, Check, Code, Evaluate, Finding, ProvenBy, Severity, Strikes, Success, Verdict};
use crate::evidence::aws::simulation::Denial as Simulated;
use crate::evidence::{Association, Evidence, Gap, GapReason, Role, Source};
use crate::reasoning::iam::questions::{named, would_allow};
use crate::reasoning::iam::{Decision, Denial, Document, Evaluation, Naming, PrincipalKind, evaluate as judge};

/// The check.
pub static CHECK: Check = Check {
    code: Code(840),
    name: "role/target-role",
    area: &super::AREA,
    title: "the role may assume the target role",
    severity: Severity::Error,
    since: "0.1.0",
    reads: &[Source::Association, Source::TargetRole, Source::TargetRoleSimulation],
    requires: &[&super::trusts_service::CHECK],
    strikes: Strikes::PodsOnPodIdentity,
    as_of: AsOf::Now,
    proven_by: ProvenBy::Success(Success::OfRole),
    tells: &[84],
    symptoms: &[
        "Unauthorized Exception! EKS does not have permissions to assume the associated role.",
        "is not authorized to perform: sts:AssumeRole on resource",
        "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining",
    ],
    docs: r"## What it checks
Where the association has a target role: that it exists, that its trust policy lets the associated
role assume it (with the external id; and tag the session unless session tags are off), and that
IAM's simulation allows it. In one account a trust policy that names the role is enough.

## Why it matters
EKS assumes the associated role and with it the target role, and gives the pod the second session
only. If either side refuses, the pod gets nothing, as if the role did not trust EKS.

## How to fix
Allow `sts:AssumeRole` and `sts:TagSession` on both sides. Pods need no restart.

## References
- Amazon EKS user guide, 'Access AWS resources using EKS Pod Identity target IAM roles'
- AWS STS API reference, AssumeRole
",
    evaluate: Evaluate::Pod(evaluate),
    ..Check::DEFAULT
};

fn evaluate(evidence: &Evidence) -> Result<Verdict, Gap> {
    let Some(association) = evidence.association.get()? else {
        return Ok(Verdict::not_applicable("there is no association"));
    };
    let Some(target) = association.target() else {
        return Ok(Verdict::not_applicable("the association has no target role"));
    };
    let trust = trust(evidence, association, target);
    let allowed = allowed(evidence, association, target);
    let mut findings = Vec::new();
    let mut open = None;
    for side in [trust, allowed] {
        match side {
            Ok(found) => findings.extend(found),
            Err(gap) => open = open.or(Some(gap)),
        }
    }
    match open {
        Some(gap) if findings.is_empty() => Err(gap),
        _ => Ok(Verdict::from_findings(findings)),
    }
}

/// What the target role's side says.
fn trust(evidence: &Evidence, association: &Association, target: &str) -> Result<Option<Finding>, Gap> {
    let role = match evidence.target_role.get() {
        Ok(role) => role,
        Err(gap) if gap.reason == GapReason::WrongAccount => {
            return Err(Gap { detail: format!("{}; {}", gap.detail, words::to_look_at(association)), ..gap });
        }
        Err(gap) => return Err(gap),
    };
    let Some(role) = role else { return Ok(Some(words::missing(association, target))) };
    if role.arn != target {
        return Ok(Some(words::another_path(evidence, association, target, &role.arn)));
    }
    let document = role.trust_policy(Source::TargetRole)?;
    for request in evidence.target_role_requests(association) {
        let evaluation = judge(&document, &request);
        match evaluation.decision {
            Decision::Allowed => {}
            Decision::Undecided => {
                let clauses: Vec<String> = evaluation.clauses().into_iter().map(ToString::to_string).collect();
                return Err(Gap::undecidable(Source::TargetRole, clauses.join("; ")));
            }
            Decision::Denied(denial) => {
                return Ok(Some(refused(evidence, association, role, &document, &request, (denial, &evaluation))));
            }
        }
    }
    Ok(None)
}

fn refused(
    evidence: &Evidence,
    association: &Association,
    role: &Role,
    document: &Document,
    request: &crate::reasoning::iam::Request,
    (denial, evaluation): (Denial, &Evaluation),
) -> Finding {
    let finding = match (denial, named(document, &request.principal, &request.action)) {
        (Denial::Explicit, _) => words::target_denied(role, evaluation),
        (_, Naming::Named(_)) => words::ruled_out(role, &would_allow(document, request)),
        _ => words::not_trusted(association, role, document, &request.action),
    };
    if denial == Denial::Explicit {
        return finding;
    }
    finding.fix(advice::target_role::trust_source(evidence, association, role, document))
}

/// What the associated role's side says.
fn allowed(evidence: &Evidence, association: &Association, target: &str) -> Result<Option<Finding>, Gap> {
    if evidence.target_role.known() == Some(&None) {
        // What a policy says of a role that does not exist is no second fault.
        return Ok(None);
    }
    for result in evidence.target_role_simulation.get()? {
        let Some(denial) = result.denial() else { continue };
        if !result.missing_context_values.is_empty() && denial != Simulated::Boundary {
            let keys = result.missing_context_values.join(", ");
            let words = format!("policies of the role ask for {keys}, which a simulation is not given");
            return Err(Gap::undecidable(Source::TargetRoleSimulation, words));
        }
        if denial == Simulated::Implicit && association.has_target_in_own_account() {
            match evidence.target_role.get()? {
                // Without its trust policy it is not known whether that one is enough.
                Some(role) if names_directly(role, association) => continue,
                _ => {}
            }
        }
        return Ok(Some(words::not_allowed(association, target, result, denial)));
    }
    Ok(None)
}

/// Whether the target role's trust names the associated role itself: then, in one account, no other policy is needed.
fn names_directly(role: &Role, association: &Association) -> bool {
    role.trust_policy(Source::TargetRole).is_ok_and(|document| {
        document.statements().iter().filter(|statement| !statement.is_deny()).any(|statement| {
            let entries = statement.principals.iter().filter(|element| !element.negated).flat_map(|one| &one.entries);
            entries.into_iter().any(|entry| {
                entry.kind == PrincipalKind::Everyone
                    || (entry.kind == PrincipalKind::Aws && (entry.value == "*" || entry.value == association.role_arn))
            })
        })
    })
}
