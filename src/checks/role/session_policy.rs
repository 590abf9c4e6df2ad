//! Says that the association narrows the role by a session policy, and which of two roles it narrows.
//!
//! It is separate from the role's own policies, because nobody who reads those finds out why less is allowed.

use crate::checks::{AsOf, Check, Code, Evaluate, Finding, ProvenBy, Severity, Strikes, Success, Verdict, association};
use crate::evidence::aws::role::Arn;
use crate::evidence::{Association, Evidence, Gap, Source};
use crate::reasoning::iam::questions::session_tag_uses;

/// The check.
pub static CHECK: Check = Check {
    code: Code(850),
    name: "role/session-policy",
    area: &super::AREA,
    title: "no session policy narrows the role",
    severity: Severity::Note,
    since: "0.1.0",
    reads: &[Source::Association],
    requires: &[&association::exists::CHECK],
    strikes: Strikes::PodsOnPodIdentity,
    as_of: AsOf::Now,
    proven_by: ProvenBy::Success(Success::OfRole),
    tells: &[90],
    symptoms: &["because no session policy allows the", "with an explicit deny in a session policy"],
    docs: r"## What it checks
Whether the association has a session policy (`policy`). Where it also has a target role, the
policy applies to the session of the target role only.

## Why it matters
A session may do what both allow: the role and the session policy. The role's own policies, and a
simulation of them, do not show it, so that a request is refused which the role allows. A session
policy needs session tags switched off, so that a condition in it on a tag of the pod never holds.

## How to fix
Nothing, if it is meant. Otherwise change the policy in the association; running pods keep their
credentials for up to 6 h.

## References
- AWS blog, 'Session policies for Amazon EKS Pod Identity'
- IAM user guide, 'Policies and permissions', session policies
",
    evaluate: Evaluate::Pod(evaluate),
    ..Check::DEFAULT
};

fn evaluate(evidence: &Evidence) -> Result<Verdict, Gap> {
    let Some(association) = evidence.association.get()? else {
        return Ok(Verdict::not_applicable("there is no association"));
    };
    let Some(policy) = association.policy.as_deref().filter(|policy| !policy.trim().is_empty()) else {
        return Ok(Verdict::Pass);
    };
    let finding =
        Finding::note(format!("a session policy of the association narrows what {} may do", narrowed(association)))
            .observed(Source::Association, "policy", policy);
    let tags = serde_json::from_str(policy).map(|policy| session_tag_uses(&policy)).unwrap_or_default();
    Ok(match tags.as_slice() {
        [] => finding,
        places => finding.found(format!(
            "the policy requires session tags at {}, and with a session policy there are none",
            places.join(" and ")
        )),
    }
    .into())
}

/// The role whose session the policy applies to.
fn narrowed(association: &Association) -> String {
    let name =
        |arn: &str| Arn::parse(arn).and_then(|arn| arn.role_name()).map_or_else(|| arn.to_owned(), str::to_owned);
    match &association.target_role_arn {
        Some(target) => format!("target role {}", name(target)),
        None => format!("role {}", name(&association.role_arn)),
    }
}
