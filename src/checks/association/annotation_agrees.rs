//! Asks whether the annotation of IRSA names another role than the association.
//!
//! It is separate because both are right by themselves, and which one a pod uses depends on when it was created.

use crate::checks::remediation::shell;
use crate::checks::{Check, Code, Evaluate, Finding, Remediation, Severity, Verdict, container};
use crate::evidence::pod_identity::ROLE_ANNOTATION;
use crate::evidence::{Evidence, Gap, GapReason, Source};

/// The check.
pub static CHECK: Check = Check {
    code: Code(270),
    name: "association/annotation-agrees",
    title: "no role annotation contradicts the association",
    severity: Severity::Warning,
    decisive: false,
    since: "0.1.0",
    reads: &[Source::ServiceAccount, Source::Association],
    requires: &[&super::exists::CHECK],
    explained_by: &[&super::created_before_pod::CHECK, &container::web_identity::CHECK],
    symptoms: &[
        "GetCallerIdentity answers with another role after the association was made",
        "eks.amazonaws.com/role-arn",
    ],
    docs: r"## What it checks
That the service account has no annotation `eks.amazonaws.com/role-arn`, or one that names the role of the association. The finding
says which of the two this pod uses, from its variables.

## Why it matters
Where both are there, the webhook follows the association alone. A pod that was created before it, or elsewhere, uses the
annotation. So pods of one workload can act as two roles, and the next restart changes the role of some of them.

## How to fix
Remove the annotation if the association is meant, or delete the association if the annotation is.

## References
- aws/amazon-eks-pod-identity-webhook, `pkg/handler/handler.go` and its test data
- Amazon EKS user guide, Grant Kubernetes workloads access to AWS
",
    evaluate: Evaluate::Pod(evaluate),
};

fn evaluate(evidence: &Evidence) -> Result<Verdict, Gap> {
    let account = evidence.service_account.get()?.as_ref();
    let Some(annotated) = account.and_then(|account| account.annotated_role()) else {
        return Ok(Verdict::Pass);
    };
    evidence.same_account(Source::Association)?;
    let association = evidence.association.get()?.as_ref();
    let association = association
        .ok_or_else(|| Gap::new(Source::Association, GapReason::Insufficient, "the association was not found"))?;
    if annotated == association.role_arn {
        return Ok(Verdict::Pass);
    }
    Ok(Finding::warning("the service account names one role by annotation, and its association another")
        .observed(Source::ServiceAccount, format!("metadata.annotations[{ROLE_ANNOTATION}]"), annotated)
        .observed(Source::Association, "roleArn", &association.role_arn)
        .found(in_use(evidence)?)
        .expected("one role, by association alone")
        .fix(remove_annotation(evidence))
        .into())
}

/// Which of the two the pod uses, by what it carries.
fn in_use(evidence: &Evidence) -> Result<&'static str, Gap> {
    let Some(pod) = evidence.live_pod()? else {
        return Ok("two roles; new pods get the one of the association");
    };
    let irsa = pod.containers().any(|one| one.has_web_identity_variables());
    let injected = pod.containers().any(|one| one.is_injected());
    Ok(match (irsa, injected) {
        (true, _) => "two roles; the pod has the variables of the annotation, which SDKs follow first",
        (false, true) => "two roles; the pod uses the one of the association",
        (false, false) => "two roles; the pod has the variables of neither",
    })
}

fn remove_annotation(evidence: &Evidence) -> Remediation {
    let account = evidence.service_account_name().unwrap_or_default();
    Remediation::kubectl(
        "remove the role annotation, if the association is meant",
        format!(
            "kubectl -n {} annotate serviceaccount {} {ROLE_ANNOTATION}-",
            shell(&evidence.target.namespace),
            shell(account)
        ),
        "new pods of the service account get the role of the association only, also where they run on other clusters",
    )
}
