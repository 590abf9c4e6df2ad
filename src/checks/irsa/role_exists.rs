//! Asks whether the service account's annotation names a role that IAM has.
//!
//! It is separate from what the role trusts: an annotation that names nothing needs no look at a policy.

use crate::advice;
use crate::advice::web_identity::{annotate, create_role};
use crate::checks::{AsOf, Check, Code, Evaluate, Finding, Remediation, Severity, Verdict};
use crate::evidence::aws::role::Arn;
use crate::evidence::{Evidence, Gap, GapReason, Source};

/// The check.
pub static CHECK: Check = Check {
    code: Code(890),
    name: "irsa/role-exists",
    area: &super::AREA,
    title: "the annotated role exists",
    severity: Severity::Error,
    decisive: true,
    since: "0.1.0",
    reads: &[Source::ServiceAccount, Source::Associations, Source::IrsaRole],
    as_of: AsOf::Now,
    symptoms: &[
        "ValidationError: Request ARN is invalid",
        "An error occurred (AccessDenied) when calling the AssumeRoleWithWebIdentity operation",
    ],
    docs: r"## What it checks
That the annotation `eks.amazonaws.com/role-arn` of the service account is the ARN of a role, path
included, and that IAM has that role. Without the annotation the role is the one that a container
names in `AWS_ROLE_ARN`. A role in another account than the credentials' is not asked for.

## Why it matters
The webhook copies the annotation into the pod as it is. AWS STS refuses an ARN that names no role
with the words of a role that does not trust the pod.

## How to fix
Correct the annotation, or create the role; then restart the pods, because variables are written
only when a pod is created.

## References
- Amazon EKS user guide, 'IAM roles for service accounts'
- aws/amazon-eks-pod-identity-webhook, README
",
    evaluate: Evaluate::Pod(evaluate),
    ..Check::DEFAULT
};

fn evaluate(evidence: &Evidence) -> Result<Verdict, Gap> {
    let Some(wanted) = evidence.irsa_role_arn()? else {
        return Ok(Verdict::not_applicable("nothing asks for IAM roles for service accounts"));
    };
    let arn = Arn::parse(wanted).filter(|arn| arn.service == "iam" && arn.resource.starts_with("role/"));
    let Some((arn, name)) = arn.and_then(|arn| arn.role_name().map(|name| (arn, name))) else {
        return Ok(no_arn(evidence, wanted).into());
    };
    if let Some(partition) = partition(evidence).filter(|partition| *partition != arn.partition) {
        return Ok(foreign(evidence, wanted, &arn, partition).into());
    }
    Ok(match evidence.irsa_role.get()? {
        Some(role) if role.arn == wanted => Verdict::Pass,
        // IAM gives the role that was asked for: another name means that it was asked for another one.
        Some(role) if !role.role_name.eq_ignore_ascii_case(name) => {
            return Err(Gap::new(Source::IrsaRole, GapReason::Insufficient, format!("role {name} was not read")));
        }
        Some(role) => start(wanted, format!("the service account names another ARN than the one role {name} has"))
            .observed(Source::IrsaRole, "Arn", &role.arn)
            .found(wanted)
            .expected(&role.arn)
            .fix(annotate(evidence, &role.arn))
            .fix(advice::restart(evidence))
            .into(),
        None => start(wanted, format!("role {name}, which the service account names, does not exist"))
            .observed(Source::IrsaRole, "Role", "NoSuchEntity")
            .found(format!("no role {name}"))
            .expected(wanted)
            .fix(create_role(evidence, name, arn.partition, arn.account))
            .fix(
                Remediation::words(
                    "put the ARN of the role that is meant into the annotation, and restart the pods",
                    "new pods of the service account get that role",
                )
                .or(),
            )
            .into(),
    })
}

fn start(wanted: &str, message: String) -> Finding {
    Finding::error(message).observed(Source::ServiceAccount, "eks.amazonaws.com/role-arn", wanted)
}

fn no_arn(evidence: &Evidence, wanted: &str) -> Finding {
    start(wanted, "what the service account names as its role is not the ARN of a role".to_owned())
        .found(wanted)
        .expected("arn:PARTITION:iam::ACCOUNT:role/NAME")
        .fix(annotate(evidence, "ROLE_ARN"))
        .fix(advice::restart(evidence))
}

fn foreign(evidence: &Evidence, wanted: &str, arn: &Arn<'_>, partition: &str) -> Finding {
    let own = format!("arn:{partition}:iam::{}:{}", arn.account, arn.resource);
    start(
        wanted,
        format!("the service account names a role of partition {}, and the cluster is in {partition}", arn.partition),
    )
    .found(wanted)
    .expected(&own)
    .fix(annotate(evidence, &own))
    .fix(advice::restart(evidence))
}

/// The partition of the cluster, where its ARN is known.
fn partition(evidence: &Evidence) -> Option<&str> {
    evidence.pod_identity_call(true).cluster_arn.and_then(Arn::parse).map(|arn| arn.partition)
}
