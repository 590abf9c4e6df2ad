//! Does the container still have the variables of IRSA? Every SDK takes web identity before the agent.

use super::variables_found::look;
use crate::advice::restart;
use crate::advice::template::{remove_variables, template_sets, unset_variables};
use crate::checks::{Check, Code, Evaluate, Finding, ProvenBy, Remediation, Severity, Success, Verdict, association};
use crate::evidence::kubernetes::metadata::{ROLE_ANNOTATION, ROLE_ARN, WEB_IDENTITY_TOKEN_FILE};
use crate::evidence::{Container, Evidence, Gap, Pod, Source};
use crate::findings::remediation::shell;
use crate::reasoning::credential_chain::sdk::names;
use crate::reasoning::credential_chain::{Outcome, Sdk, Settings, Step, rules};
use crate::reasoning::pod::variable_origin::Origin;

const NAMES: [&str; 2] = [ROLE_ARN, WEB_IDENTITY_TOKEN_FILE];

/// The check.
pub static CHECK: Check = Check {
    code: Code(420),
    name: "container/web-identity",
    area: &super::AREA,
    title: "no IRSA variables outrank Pod Identity",
    severity: Severity::Error,
    decisive: true,
    since: "0.1.0",
    reads: &[Source::Pod, Source::ConfigMaps, Source::Secrets, Source::Associations],
    explained_by: &[&[&association::created_before_pod::CHECK]],
    proven_by: ProvenBy::Success(Success::OfOnlyContainer),
    tells: &[28],
    symptoms: &[
        "GetCallerIdentity answers with the role of the annotation, not with the one of the association",
        "botocore-session-",
        "Not authorized to perform sts:AssumeRoleWithWebIdentity",
    ],
    docs: "\
## What it checks
Whether a container that is to use Pod Identity has both `AWS_ROLE_ARN` and
`AWS_WEB_IDENTITY_TOKEN_FILE`, or the second with no role beside it. `AWS_ROLE_ARN` alone has no
effect and passes. Pods without an association, which are meant to use IRSA, are not judged.

## Why it matters
The webhook prefers Pod Identity, but it does not take away what is there, and in the credential
chain of every SDK web identity stands before the agent. The pod then acts as the role of the old
way. A token file without a role stops boto3, the AWS CLI and Go v2 with an error; Java v2,
JavaScript v3 and Rust pass it over.

## How to fix
A pod that is older than its association has its variables from IRSA: restart it. Variables that
the pod template sets by hand have to be removed there.

## References
- aws/amazon-eks-pod-identity-webhook: `pkg/handler/handler.go`
- AWS SDKs and Tools Reference Guide, *Standardized credential providers*
",
    evaluate: Evaluate::Container(evaluate),
    ..Check::DEFAULT
};

fn evaluate(evidence: &Evidence, container: Container<'_>) -> Result<Verdict, Gap> {
    let pod = evidence.pod_or_template()?;
    if let Some(reason) = pod.and_then(|pod| pod.leaves_out(&container)) {
        return Ok(Verdict::NotApplicable(reason));
    }
    let carries = |pod: &Pod| !pod.from_template && pod.containers().any(|one| one.has_pod_identity_variables());
    let wanted = if pod.is_some_and(carries) { Ok(true) } else { evidence.associated().map(|row| row.is_some()) };
    if wanted == Ok(false) {
        return Ok(Verdict::not_applicable("without an association the service account is not to use Pod Identity"));
    }
    let settings = Settings::of(evidence, &container);
    let (mut taking, mut stopping, mut gap) = (Vec::new(), Vec::new(), None);
    for sdk in Sdk::measured() {
        match rules::take(&settings, sdk, Step::WebIdentity) {
            Ok(Some(Outcome::Stops(reason))) => stopping.push((sdk, reason)),
            Ok(Some(_)) => taking.push(sdk),
            Ok(None) => {}
            Err(unknown) => gap = Some(unknown),
        }
    }
    if let Some(gap) = gap {
        return Err(gap);
    }
    let finding = match stopping.first() {
        None if taking.is_empty() => return Ok(Verdict::Pass),
        None => Finding::error(
            "the container has the variables of IRSA, which every SDK uses in preference to Pod Identity",
        ),
        Some((_, reason)) => {
            let sdks: Vec<Sdk> = stopping.iter().map(|(sdk, _)| *sdk).collect();
            Finding::warning(format!("{reason}, which these SDKs stop at: {}", names(&sdks)))
        }
    };
    wanted?;
    let found = look(evidence, &container, &NAMES);
    let finding = if found.set.is_empty() {
        finding.observed(Source::Pod, WEB_IDENTITY_TOKEN_FILE, "empty").fixes(unset_variables(
            evidence,
            &container.name,
            &NAMES,
        ))
    } else {
        found.tell(&container, finding).fixes(fixes(evidence, &container, &found.origins()))
    };
    Ok(finding.expected("neither, in a container that is to use Pod Identity").into())
}

fn fixes(evidence: &Evidence, container: &Container<'_>, set: &[(&str, &Origin)]) -> Vec<Remediation> {
    let has_both_ways = container.has_pod_identity_variables();
    let annotated = evidence.service_account.present().is_some_and(|account| account.annotated_role().is_some());
    let from_config_map = set.iter().any(|(_, origin)| matches!(origin, Origin::EnvFrom { .. }));
    match template_sets(evidence, &container.name, &NAMES) {
        _ if from_config_map => remove_variables(evidence, &container.name, set),
        Some(true) => remove_variables(evidence, &container.name, set),
        // EKS' webhook gives one of the two, so a second webhook that reads the annotation gave the other.
        Some(false) if has_both_ways && annotated => vec![remove_annotation(evidence), restart(evidence)],
        _ if has_both_ways => remove_variables(evidence, &container.name, set),
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
