//! Says that the role lets in any pod of the account that somebody associates with it.
//!
//! It is separate from whether this pod is let in: nothing fails, and a role that is too open is found by nobody else.

use crate::advice;
use crate::checks::{AsOf, Check, Code, Evaluate, Finding, ProvenBy, Severity, Shown, Strikes, Success, Verdict};
use crate::evidence::aws::role::Arn;
use crate::evidence::{Evidence, Gap, Source};
use crate::reasoning::iam::calls::{ASSUME_ROLE, POD_IDENTITY_SERVICE};
use crate::reasoning::iam::evaluate::{action, principal};
use crate::reasoning::iam::questions::unconditional;
use crate::reasoning::iam::{Document, Request};

/// The check.
pub static CHECK: Check = Check {
    code: Code(860),
    name: "role/trust-is-scoped",
    area: &super::AREA,
    title: "the trust is limited to what should use it",
    severity: Severity::Note,
    since: "0.1.0",
    reads: &[Source::Role],
    requires: &[&super::trusts_service::CHECK],
    strikes: Strikes::PodsOnPodIdentity,
    as_of: AsOf::Now,
    proven_by: ProvenBy::Success(Success::OfRole),
    shown: Shown::Verbosely,
    tells: &[94],
    symptoms: &["a pod of another namespace acts as the role"],
    docs: r#"## What it checks
Whether a statement without any condition lets EKS Pod Identity assume the role. A conditional
Deny for the same request counts as a limit.

## Why it matters
Whoever may create associations in any cluster of the account, and may pass the role, can give it
to any service account. Conditions on the session tags (`aws:RequestTag/kubernetes-namespace` and
others) bind the role to the pods that it is for. They cannot hold where the association switches
session tags off.

## How to fix
Add conditions for this pod. Where other associations name the role, add their namespaces and
service accounts too, or their pods lose it.

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
    let request = evidence.pod_identity_call(true).request(ASSUME_ROLE);
    let open = unconditional(&document, &request);
    if open.is_empty() || is_limited_by_deny(&document, &request) {
        return Ok(Verdict::Pass);
    }
    let account = Arn::parse(&role.arn).map_or("the account", |arn| arn.account);
    let places: Vec<&str> = open.iter().map(|statement| statement.place.as_str()).collect();
    let finding = Finding::note(format!("any association in account {account} may use role {}", role.role_name))
        .observed(Source::Role, format!("{}.Condition", places[0]), "none")
        .found(format!("{} lets {POD_IDENTITY_SERVICE} in without a condition", places.join(" and ")))
        .expected("conditions on the namespace and the service account");
    Ok(finding.fix(advice::trust::to_pod(evidence, &role.role_name, &document, &open)).into())
}

/// Whether a Deny with conditions is about the same request: what it leaves over may be exactly this pod.
fn is_limited_by_deny(document: &Document, request: &Request) -> bool {
    document.statements().iter().filter(|statement| statement.is_deny() && !statement.conditions.is_empty()).any(
        |statement| {
            let who = statement
                .principals
                .as_ref()
                .is_some_and(|one| principal(one, &request.principal, statement.is_deny()).is_none());
            let what = statement.actions.as_ref().is_some_and(|one| action(one, &request.action).is_none());
            who && what
        },
    )
}
