//! Does the pod's own specification set a credential variable? The webhook then adds neither, which is a cause of its own.

use super::variables::found;
use crate::advice::template::{template_sets, unset_variables};
use crate::checks::{Check, Code, Evaluate, Finding, Severity, Strikes, Verdict};
use crate::evidence::kubernetes::environment::{EnvValue, EnvVar};
use crate::evidence::kubernetes::metadata::{FULL_URI, IPV4_URI, TOKEN_FILE, TOKEN_PATH, is_agent_uri, is_token_path};
use crate::evidence::{Container, Evidence, Gap, Source};

/// The check.
pub static CHECK: Check = Check {
    code: Code(350),
    name: "injection/variables-not-preset",
    area: &super::AREA,
    title: "the pod's own spec sets neither credential variable",
    severity: Severity::Error,
    since: "0.1.0",
    reads: &[Source::Pod],
    strikes: Strikes::PodsOnPodIdentity,
    tells: &[22],
    hints_at: &[54, 142],
    symptoms: &[
        "AWS_REGION is set, but AWS_CONTAINER_CREDENTIALS_FULL_URI is not",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE is set but the file doesn't exist",
        "Unsupported host",
    ],
    docs: "\
## What it checks
Whether the container has exactly one of `AWS_CONTAINER_CREDENTIALS_FULL_URI` and
`AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE`, or one with a value that the webhook does not write.
Both with the right values pass, whoever wrote them. The template of the owner says who to ask.
Variables from `envFrom` are not looked at, because the webhook does not look at them either.

## Why it matters
The webhook never overwrites: if one of the two is there, even empty, it adds neither, and the SDK
has half a pair.

## How to fix
Remove the variable from the container in the pod template, and let the webhook write both.

## References
- aws/amazon-eks-pod-identity-webhook: `pkg/handler/handler.go`
",
    evaluate: Evaluate::Container(evaluate),
    ..Check::DEFAULT
};

fn evaluate(evidence: &Evidence, container: Container<'_>) -> Result<Verdict, Gap> {
    if let Some(reason) = evidence.pod_or_template()?.and_then(|pod| pod.leaves_out(&container)) {
        return Ok(Verdict::NotApplicable(reason));
    }
    let pair = [
        (FULL_URI, container.full_uri(), IPV4_URI, is_agent_uri as fn(&str) -> bool),
        (TOKEN_FILE, container.token_file(), TOKEN_PATH, is_token_path),
    ];
    let set: Vec<_> = pair.iter().filter(|(_, variable, ..)| variable.is_some()).collect();
    if set.is_empty() || container.is_injected() {
        return Ok(Verdict::Pass);
    }
    if evidence.live_pod()?.is_some_and(|pod| pod.leads_to_agent(&container)) {
        return Ok(Finding::note("the pod template writes the credential variables and the token volume itself")
            .found(container.token_file().and_then(EnvVar::text).unwrap_or_default())
            .expected(format!(
                "{TOKEN_PATH}, which the webhook writes; what is written by hand stays as it is when EKS changes"
            ))
            .into());
    }
    if let Some(gap) = both_may_be_right(&container) {
        return Err(gap);
    }
    let names: Vec<&str> = set.iter().map(|(name, ..)| *name).collect();
    let mut finding = Finding::error(message(evidence, &container, &names))
        .expected("neither in the pod template: the webhook writes both, or none where it finds one")
        .fixes(unset_variables(evidence, &container.name, &names));
    for (name, variable, wanted, is_right) in set {
        let right = variable.and_then(EnvVar::text).is_some_and(is_right);
        let words =
            if right { found(*variable) } else { format!("{} where the webhook writes {wanted}", found(*variable)) };
        finding = finding.observed(Source::Pod, *name, words);
    }
    Ok(finding.into())
}

/// The gap of a container that has both variables, of which at least one has a value that is not read and none is wrong.
pub(super) fn both_may_be_right(container: &Container<'_>) -> Option<Gap> {
    let right = |variable: &EnvVar, is_right: fn(&str) -> bool| match &variable.value {
        // The kubelet fills other variables in.
        EnvValue::Shown(value) if value.contains("$(") => None,
        EnvValue::Shown(value) => Some(is_right(value)),
        EnvValue::Empty => Some(false),
        _ => None,
    };
    let both = [
        (FULL_URI, right(container.full_uri()?, is_agent_uri)),
        (TOKEN_FILE, right(container.token_file()?, is_token_path)),
    ];
    let unread = both.iter().find(|(_, right)| right.is_none())?;
    let words = format!("the value of {} comes from where values are not read, and may be the right one", unread.0);
    both.iter().all(|(_, right)| *right != Some(false)).then(|| Gap::undecidable(Source::Pod, words))
}

fn message(evidence: &Evidence, container: &Container<'_>, names: &[&str]) -> String {
    let what = names.join(" and ");
    match template_sets(evidence, &container.name, names) {
        Some(true) => format!("the pod template sets {what} itself, so the webhook adds neither variable"),
        Some(false) => {
            format!(
                "{what} was set before the webhook came, by an older revision of the pod template or by something else, so it \
                 adds neither variable"
            )
        }
        None => format!("{what} was set before the webhook came, so it adds neither variable"),
    }
}
