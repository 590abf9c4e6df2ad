//! Asks whether the trust policy also allows the session to be tagged.
//!
//! It is separate because EKS makes two requests in one: a policy copied from another service allows the first only.

use crate::advice;
use crate::checks::{AsOf, Check, Code, Evaluate, Finding, ProvenBy, Severity, Strikes, Success, Verdict};
use crate::evidence::{Association, Evidence, Gap, Source};
use crate::reasoning::iam::Naming;
use crate::reasoning::iam::calls::{ASSUME_ROLE, POD_IDENTITY_SERVICE, TAG_SESSION};
use crate::reasoning::iam::questions::named;

/// The check.
pub static CHECK: Check = Check {
    code: Code(825),
    name: "role/allows-tag-session",
    area: &super::AREA,
    title: "the role lets its session be tagged",
    severity: Severity::Error,
    decisive: true,
    since: "0.1.0",
    reads: &[Source::Role, Source::Association],
    requires: &[&super::trusts_service::CHECK],
    strikes: Strikes::PodsOnPodIdentity,
    as_of: AsOf::Now,
    proven_by: ProvenBy::Success(Success::OfRole),
    tells: &[77],
    symptoms: &["Unauthorized Exception! EKS does not have permissions to assume the associated role."],
    docs: r#"## What it checks
That an Allow statement of the trust policy names the service `pods.eks.amazonaws.com` and the
action `sts:TagSession`. Not applicable where the association switches session tags off.

## Why it matters
EKS gives each session six tags. Without the right to tag, AWS STS refuses the whole request, with
the text of a role that does not trust EKS at all.

## How to fix
Add `sts:TagSession` to the statement that allows `sts:AssumeRole`. The printed command keeps all
other statements.

## References
- Amazon EKS user guide, "Create IAM role with trust policy required by EKS Pod Identity"
- Amazon EKS user guide, "Grant Pods access to AWS resources based on tags"
"#,
    evaluate: Evaluate::Pod(evaluate),
    ..Check::DEFAULT
};

fn evaluate(evidence: &Evidence) -> Result<Verdict, Gap> {
    let role = evidence.existing_role()?;
    let document = evidence.trust_policy()?;
    let naming = named(&document, &advice::trust::eks(), TAG_SESSION);
    if matches!(naming, Naming::Named(_)) {
        return Ok(Verdict::Pass);
    }
    // Only now it matters whether sessions are tagged at all.
    if !evidence.association.get()?.as_ref().is_none_or(Association::has_session_tags) {
        return Ok(Verdict::not_applicable("the association switches session tags off"));
    }
    if let Naming::Undecidable(clauses) = naming {
        return Err(evidence.gap_of_clauses(&clauses));
    }
    let name = &role.role_name;
    let mut finding = Finding::error(format!("the role {name} does not let EKS Pod Identity tag its sessions"))
        .found(format!("{ASSUME_ROLE} without {TAG_SESSION}"))
        .expected(format!("an Allow of {TAG_SESSION} for the service {POD_IDENTITY_SERVICE}"));
    if let Naming::Named(statements) = named(&document, &advice::trust::eks(), ASSUME_ROLE) {
        for statement in statements {
            let actions = statement.actions.as_ref().map(|actions| actions.patterns.join(", ")).unwrap_or_default();
            finding = finding.observed(Source::Role, format!("{}.Action", statement.place), actions);
        }
    }
    Ok(finding.fix(advice::trust::let_pod_in(evidence, name, &document)).into())
}
