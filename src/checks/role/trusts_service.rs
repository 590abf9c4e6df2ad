//! Asks whether the role's trust policy names EKS Pod Identity at all, whatever its conditions.
//!
//! It is separate from the conditions, because a role that was made for something else needs a new statement, and one
//! whose conditions do not fit needs another value.

use crate::advice;
use crate::advice::words;
use crate::checks::{AsOf, Check, Code, Evaluate, Finding, ProvenBy, Severity, Strikes, Success, Verdict};
use crate::evidence::{Evidence, Gap, Source};
use crate::reasoning::iam::calls::{ASSUME_ROLE, POD_IDENTITY_SERVICE};
use crate::reasoning::iam::questions::{named, trusted};
use crate::reasoning::iam::{Document, Naming};

/// The check.
pub static CHECK: Check = Check {
    code: Code(820),
    name: "role/trusts-service",
    area: &super::AREA,
    title: "the role trusts pods.eks.amazonaws.com",
    severity: Severity::Error,
    decisive: true,
    since: "0.1.0",
    reads: &[Source::Role],
    requires: &[&super::exists::CHECK],
    strikes: Strikes::PodsOnPodIdentity,
    as_of: AsOf::Now,
    proven_by: ProvenBy::Success(Success::OfRole),
    tells: &[76],
    is_common: true,
    symptoms: &[
        "Unauthorized Exception! EKS does not have permissions to assume the associated role.",
        "(AccessDeniedException): Unauthorized Exception!",
    ],
    docs: r#"## What it checks
That an Allow statement of the trust policy names the service `pods.eks.amazonaws.com` and the
action `sts:AssumeRole`. Conditions are the matter of another check. Wildcards in actions, lists,
`NotPrincipal` and `NotAction` are read as IAM reads them.

## Why it matters
EKS assumes the role as that service. A trust policy made for IAM roles for service accounts, for
EC2 or for `eks.amazonaws.com` does not let it in, and the agent answers 400 with one text for
every reason. The name is the same in all partitions, China included.

## How to fix
Add a statement that allows `sts:AssumeRole` and `sts:TagSession` to the service. The printed
command keeps all other statements.

## References
- Amazon EKS user guide, "Create IAM role with trust policy required by EKS Pod Identity"
- aws/eks-pod-identity-agent#139
"#,
    evaluate: Evaluate::Pod(evaluate),
    ..Check::DEFAULT
};

fn evaluate(evidence: &Evidence) -> Result<Verdict, Gap> {
    let role = evidence.existing_role()?;
    let document = evidence.trust_policy()?;
    match named(&document, &advice::trust::eks(), ASSUME_ROLE) {
        Naming::Named(_) => Ok(Verdict::Pass),
        Naming::Undecidable(clauses) => Err(evidence.gap_of_clauses(&clauses)),
        Naming::NotNamed => Ok(not_trusted(evidence, &role.role_name, &document).into()),
    }
}

fn not_trusted(evidence: &Evidence, role_name: &str, document: &Document) -> Finding {
    let trusted = trusted(document);
    let mut finding = Finding::error(format!("the role {role_name} does not trust EKS Pod Identity"));
    for one in &trusted {
        let element = if one.except { "NotPrincipal" } else { "Principal" };
        finding = finding.observed(Source::Role, format!("{}.{element}.{}", one.place, one.kind.as_str()), &one.value);
    }
    finding
        .found(words::trust::summary(&trusted))
        .expected(format!("an Allow of {ASSUME_ROLE} for the service {POD_IDENTITY_SERVICE}"))
        .fix(advice::trust::let_pod_in(evidence, role_name, document))
}
