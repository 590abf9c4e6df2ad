//! Says that policies of the role wait for session tags that the association switches off.
//!
//! It is separate from the trust policy: the pod gets its credentials, and what it may do with them is less than meant.

use crate::advice;
use crate::checks::{AsOf, Check, Code, Evaluate, Finding, ProvenBy, Severity, Strikes, Success, Verdict};
use crate::evidence::{Evidence, Gap, Source};

/// The check.
pub static CHECK: Check = Check {
    code: Code(865),
    name: "role/session-tags",
    area: &super::AREA,
    title: "session tags are as the policies expect",
    severity: Severity::Note,
    since: "0.1.0",
    reads: &[Source::Association, Source::RoleContextKeys],
    requires: &[&super::exists::CHECK],
    strikes: Strikes::PodsOnPodIdentity,
    as_of: AsOf::Now,
    proven_by: ProvenBy::Success(Success::OfRole),
    tells: &[86, 91, 147],
    hints_at: &[79],
    symptoms: &[
        "access is denied after session tags were switched off",
        "Packed size of session tags consumes 112% of allotted space.",
    ],
    docs: r"## What it checks
Where the association switches session tags off: whether the policies of the role, attached ones
and those that stand in it, mention `aws:PrincipalTag/kubernetes-…` or
`aws:PrincipalTag/eks-cluster-…`, in a condition or as a variable. Policies of buckets, keys and
other resources are not read, nor are those of a target role.

## Why it matters
Session tags are often switched off so that a further role can be assumed without its tags. A
policy that gives access by such a tag then gives none, and one that denies by it denies nobody.

## How to fix
Switch session tags on again, or write the policies without them.

## References
- Amazon EKS user guide, 'Grant Pods access to AWS resources based on tags'
- IAM API reference, GetContextKeysForPrincipalPolicy
",
    evaluate: Evaluate::Pod(evaluate),
    ..Check::DEFAULT
};

fn evaluate(evidence: &Evidence) -> Result<Verdict, Gap> {
    let Some(association) = evidence.association.get()? else {
        return Ok(Verdict::not_applicable("there is no association"));
    };
    if association.has_session_tags() {
        return Ok(Verdict::Pass);
    }
    let keys = evidence.role_context_keys.get()?.of_session_tags();
    if keys.is_empty() {
        return Ok(Verdict::Pass);
    }
    let name = crate::advice::words::role::target_name(&association.role_arn);
    let message = format!("policies of role {name} ask for session tags, and the association switches them off");
    Ok(Finding::note(message)
        .observed(Source::Association, "disableSessionTags", "true")
        .observed(Source::RoleContextKeys, "ContextKeyNames", keys.join(", "))
        .found(format!("policies that mention {}", keys.join(", ")))
        .expected("session tags switched on, or policies without them")
        .fix(advice::trust::enable_session_tags(evidence, association))
        .into())
}
