//! Asks whether the annotation of IRSA names another role than the association.
//!
//! It is separate because both are right by themselves, and which one a pod uses depends on when it was created.

use crate::checks::{Check, Code, Evaluate, Finding, Remediation, Severity, Verdict, container};
use crate::evidence::kubernetes::environment::EnvVar;
use crate::evidence::kubernetes::metadata::{ROLE_ANNOTATION, ROLE_ARN};
use crate::evidence::{Container, Evidence, Gap, GapReason, Source};
use crate::findings::remediation::shell;

/// The check.
pub static CHECK: Check = Check {
    code: Code(270),
    name: "association/annotation-agrees",
    area: &super::AREA,
    title: "no role annotation contradicts the association",
    severity: Severity::Warning,
    since: "0.1.0",
    reads: &[Source::ServiceAccount, Source::Association],
    requires: &[&super::exists::CHECK],
    explained_by: &[&[&super::created_before_pod::CHECK, &container::web_identity::CHECK]],
    tells: &[27],
    symptoms: &[
        "GetCallerIdentity answers with another role after the association was made",
        "eks.amazonaws.com/role-arn",
    ],
    docs: r"## What it checks
That the service account has no annotation `eks.amazonaws.com/role-arn`, or one that names the
role of the association (its target role where it has one). The finding says which of the two each
container uses and why, from its variables.

## Why it matters
Where both are there, the webhook follows the association alone. A pod that was created before it,
or elsewhere, uses the annotation. So pods of one workload can act as two roles, and the next
restart changes the role of some of them.

## How to fix
Remove the annotation if the association is meant, or delete the association if the annotation is.

## References
- aws/amazon-eks-pod-identity-webhook, `pkg/handler/handler.go` and its test data
- Amazon EKS user guide, Grant Kubernetes workloads access to AWS
",
    evaluate: Evaluate::Pod(evaluate),
    ..Check::DEFAULT
};

fn evaluate(evidence: &Evidence) -> Result<Verdict, Gap> {
    let account = evidence.service_account.get()?.as_ref();
    let Some(annotated) = account.and_then(|account| account.annotated_role()) else {
        return Ok(Verdict::Pass);
    };
    evidence.is_this_cluster(Source::Association)?;
    let association = evidence.association.get()?.as_ref();
    let association = association
        .ok_or_else(|| Gap::new(Source::Association, GapReason::Insufficient, "the association was not found"))?;
    // With a target role the session that a pod gets is the target role's.
    let effective = association.target().unwrap_or(&association.role_arn);
    if annotated == effective {
        return Ok(Verdict::Pass);
    }
    Ok(Finding::warning("the service account names one role by annotation, and its association another")
        .observed(Source::ServiceAccount, format!("metadata.annotations[{ROLE_ANNOTATION}]"), annotated)
        .observed(Source::Association, "roleArn", &association.role_arn)
        .found(in_use(evidence, effective)?)
        .expected("one role, by association alone")
        .fix(remove_annotation(evidence))
        .into())
}

/// Which of the two each container uses, and why: by what it carries.
fn in_use(evidence: &Evidence, associated: &str) -> Result<String, Gap> {
    let Some(pod) = evidence.live_pod()? else {
        return Ok(format!("two roles; new pods get the one of the association, {associated}"));
    };
    let mut said: Vec<(String, Vec<&str>)> = Vec::new();
    for container in pod.containers().filter(|one| pod.leaves_out(one).is_none()) {
        let words = uses(&container, associated);
        match said.iter_mut().find(|(known, _)| *known == words) {
            Some((_, names)) => names.push(&container.spec.name),
            None => said.push((words, vec![&container.spec.name])),
        }
    }
    let each: Vec<String> = said.iter().map(|(words, names)| format!("{} {words}", names.join(" and "))).collect();
    Ok(format!("two roles; {}", each.join("; ")))
}

fn uses(container: &Container<'_>, associated: &str) -> String {
    let carried = container.variable(ROLE_ARN).and_then(EnvVar::text).unwrap_or("a role that is not read");
    match (container.has_web_identity_variables(), container.is_injected()) {
        (true, true) => {
            format!("uses {carried}, because SDKs follow the variables of IRSA before those of Pod Identity")
        }
        (true, false) => format!("uses {carried}, because it has the variables of IRSA alone"),
        (false, true) => format!("uses {associated}, the one of the association, because it has its variables alone"),
        (false, false) => "uses neither, because it has the variables of neither".to_owned(),
    }
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
