//! Asks whether the container has the variables of IRSA, and those of the role that the service account names.
//!
//! It is separate from the role, because variables are written once, when a pod is created, and stay as they are.

use super::missing_variables::{reason, remedies};
use crate::advice::restart;
use crate::advice::template::{remove_variables, template_sets};
use crate::checks::{Check, Code, Evaluate, Finding, Severity, Verdict};
use crate::evidence::kubernetes::environment::EnvVar;
use crate::evidence::kubernetes::metadata::{ROLE_ARN, WEB_IDENTITY_TOKEN_FILE};
use crate::evidence::{Container, Evidence, Gap, ServiceAccount, Source};
use crate::reasoning::pod::variable_origin::{Origin, Presence};

/// The check.
pub static CHECK: Check = Check {
    code: Code(896),
    name: "irsa/variables",
    area: &super::AREA,
    title: "the container has the IRSA variables of that role",
    severity: Severity::Error,
    decisive: true,
    since: "0.1.0",
    reads: &[Source::Pod, Source::ServiceAccount, Source::Associations, Source::ConfigMaps, Source::Secrets],
    symptoms: &[
        "Unable to locate credentials",
        "env variable: AWS_WEB_IDENTITY_TOKEN_FILE not found",
        "the pod acts as the role of its node",
        "You must specify a value for roleArn and roleSessionName",
    ],
    docs: r"## What it checks
That the container has `AWS_ROLE_ARN` and `AWS_WEB_IDENTITY_TOKEN_FILE`, and that the role is the
one of the annotation. A container that the annotation `skip-containers` leaves out is not judged.

## Why it matters
The webhook writes the variables only when a pod is created. A pod that is older than the
annotation has none, and one that is older than its last change has those of the former role.

## How to fix
Restart the workload. Where the pod's label keeps the webhook away, or the webhook is gone, fix
that first. Variables that the pod template sets by hand are kept by the webhook and have to be
removed there.

## References
- aws/amazon-eks-pod-identity-webhook: `pkg/handler/handler.go`
- Amazon EKS user guide, 'Configure Pods to use a Kubernetes service account'
",
    evaluate: Evaluate::Container(evaluate),
    ..Check::DEFAULT
};

fn evaluate(evidence: &Evidence, container: Container<'_>) -> Result<Verdict, Gap> {
    let Some(pod) = evidence.live_pod()? else {
        return Ok(Verdict::not_applicable("no pod was made yet, and the webhook adds the variables"));
    };
    if let Some(reason) = pod.leaves_out(&container) {
        return Ok(Verdict::NotApplicable(reason));
    }
    let account = evidence.service_account.get()?.as_ref();
    let Some(annotated) = account.and_then(ServiceAccount::annotated_role) else {
        // Variables that were set by hand: each container is on its own.
        let words = "the service account names no role, so the variables are not the webhook's";
        return Ok(Verdict::not_applicable(words));
    };
    evidence.associated()?;
    let pair = [ROLE_ARN, WEB_IDENTITY_TOKEN_FILE].map(|name| (name, evidence.presence(&container, name)));
    let missing: Vec<&str> =
        pair.iter().filter(|(_, presence)| *presence == Presence::Absent).map(|(name, _)| *name).collect();
    if !missing.is_empty() {
        let finding = Finding::error(format!("the container has no {}", missing.join(" and no ")))
            .found(reason(evidence, pod, &container))
            .expected(format!("both variables of IRSA, for role {annotated}"));
        return Ok(finding.fixes(remedies(evidence, pod, &container)).into());
    }
    let mut origins: Vec<(&str, &Origin)> = Vec::new();
    for (name, presence) in &pair {
        match presence {
            Presence::Unknown(gap) => return Err(gap.clone()),
            Presence::Set(origin) => origins.push((name, origin)),
            Presence::Absent => {}
        }
    }
    let Some(carried) = container.variable(ROLE_ARN).and_then(EnvVar::text) else {
        return Err(Gap::undecidable(Source::Pod, format!("{ROLE_ARN} comes from where values are not read")));
    };
    if carried == annotated {
        return Ok(Verdict::Pass);
    }
    let by_hand = template_sets(evidence, &container.name, &[ROLE_ARN]) == Some(true);
    let finding = Finding::error("the container has the IRSA variables of another role than its service account names")
        .observed(Source::Pod, ROLE_ARN, carried)
        .observed(Source::ServiceAccount, "eks.amazonaws.com/role-arn", annotated)
        .found(carried)
        .expected(annotated);
    Ok(if by_hand {
        finding.fixes(remove_variables(evidence, &container.name, &origins))
    } else {
        finding.fix(restart(evidence))
    }
    .into())
}
