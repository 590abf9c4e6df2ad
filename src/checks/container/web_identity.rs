//! Does the container still have the variables of IRSA? Every SDK takes web identity before the agent.

use crate::checks::fixes::restart;
use crate::checks::remediation::shell;
use crate::checks::template_fixes::{template_sets, unset_variables};
use crate::checks::{Check, Code, Evaluate, Finding, Remediation, Severity, Verdict, association};
use crate::evidence::environment::EnvVar;
use crate::evidence::pod_identity::{ROLE_ANNOTATION, ROLE_ARN, WEB_IDENTITY_TOKEN_FILE};
use crate::evidence::variable_origin::Presence;
use crate::evidence::{Container, Evidence, Gap, Pod, Source};

/// The check.
pub static CHECK: Check = Check {
    code: Code(420),
    name: "container/web-identity",
    title: "no IRSA variables outrank Pod Identity",
    severity: Severity::Error,
    decisive: true,
    since: "0.1.0",
    reads: &[Source::Pod, Source::ConfigMaps, Source::Associations],
    requires: &[],
    explained_by: &[&association::created_before_pod::CHECK],
    symptoms: &[
        "GetCallerIdentity answers with the role of the annotation, not with the one of the association",
        "botocore-session-",
        "Not authorized to perform sts:AssumeRoleWithWebIdentity",
    ],
    docs: "\
## What it checks
Whether a container that is to use Pod Identity has both `AWS_ROLE_ARN` and `AWS_WEB_IDENTITY_TOKEN_FILE`. One of the two
alone has no effect and passes. Pods without an association, which are meant to use IRSA, are not judged.

## Why it matters
The webhook prefers Pod Identity, but it does not take away what is there, and in the credential chain of every SDK web
identity stands before the agent. The pod then acts as the role of the old way.

## How to fix
A pod that is older than its association has its variables from IRSA: restart it. Variables that the pod template sets by
hand have to be removed there.

## References
- aws/amazon-eks-pod-identity-webhook: `pkg/handler/handler.go`
- AWS SDKs and Tools Reference Guide, *Standardized credential providers*
",
    evaluate: Evaluate::Container(evaluate),
};

fn evaluate(evidence: &Evidence, container: Container<'_>) -> Result<Verdict, Gap> {
    let pod = evidence.pod_or_template()?;
    if let Some(reason) = pod.and_then(|pod| pod.leaves_out(&container)) {
        return Ok(Verdict::NotApplicable(reason));
    }
    let pair = [ROLE_ARN, WEB_IDENTITY_TOKEN_FILE].map(|name| evidence.presence(&container, name));
    let carries = |pod: &Pod| !pod.from_template && pod.containers().any(|one| one.has_pod_identity_variables());
    let wanted = if pod.is_some_and(carries) { Ok(true) } else { evidence.associated().map(|row| row.is_some()) };
    if wanted == Ok(false) {
        return Ok(Verdict::not_applicable("without an association the service account is not to use Pod Identity"));
    }
    if pair.contains(&Presence::Absent) {
        return Ok(Verdict::Pass);
    }
    wanted?;
    for presence in pair {
        if let Presence::Unknown(gap) = presence {
            return Err(gap);
        }
    }
    let role = container.variable(ROLE_ARN).and_then(EnvVar::text).unwrap_or("a role");
    Ok(Finding::error("the container has the variables of IRSA, which every SDK takes before Pod Identity")
        .observed(Source::Pod, ROLE_ARN, role)
        .found(format!("{ROLE_ARN} and {WEB_IDENTITY_TOKEN_FILE}"))
        .expected("neither, in a container that is to use Pod Identity")
        .fixes(fixes(evidence, &container))
        .into())
}

fn fixes(evidence: &Evidence, container: &Container<'_>) -> Vec<Remediation> {
    let names = [ROLE_ARN, WEB_IDENTITY_TOKEN_FILE];
    let has_both_ways = container.has_pod_identity_variables();
    let annotated = evidence.service_account.present().is_some_and(|account| account.annotated_role().is_some());
    match template_sets(evidence, &container.name, &names) {
        Some(true) => unset_variables(evidence, &container.name, &names),
        // EKS' webhook gives one of the two, so a second webhook that reads the annotation gave the other.
        Some(false) if has_both_ways && annotated => vec![remove_annotation(evidence), restart(evidence)],
        None if has_both_ways => unset_variables(evidence, &container.name, &names),
        _ => vec![restart(evidence)],
    }
}

fn remove_annotation(evidence: &Evidence) -> Remediation {
    let account = evidence.service_account_name().unwrap_or_default();
    Remediation::kubectl(
        "remove the role annotation from the service account",
        format!(
            "kubectl -n {} annotate serviceaccount {} {ROLE_ANNOTATION}-",
            shell(&evidence.target.namespace),
            shell(account)
        ),
        "new pods of the service account no longer get the variables of IRSA",
    )
}
