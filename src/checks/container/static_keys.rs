//! Does the container have access keys of its own? Every SDK takes them before any role.

use crate::checks::fixes::template::remove_variables;
use crate::checks::{Check, Code, Evaluate, Finding, Severity, Verdict};
use crate::evidence::variable_origin::{Origin, Presence};
use crate::evidence::{Container, Evidence, Gap, GapReason, Source};

const KEY_ID: &str = "AWS_ACCESS_KEY_ID";
const SECRET_KEY: &str = "AWS_SECRET_ACCESS_KEY";

/// The check.
pub static CHECK: Check = Check {
    code: Code(410),
    name: "container/static-keys",
    title: "no access key outranks Pod Identity",
    severity: Severity::Error,
    decisive: true,
    since: "0.1.0",
    reads: &[Source::Pod, Source::ConfigMaps],
    requires: &[],
    explained_by: &[],
    symptoms: &[
        "GetCallerIdentity answers with arn:aws:iam::…:user/…",
        "Partial credentials found in env, missing: AWS_SECRET_ACCESS_KEY",
        "InvalidClientTokenId",
    ],
    docs: "\
## What it checks
Whether the container has `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`: in `env` (as a value, or from a key of a Secret or a
ConfigMap), or in a ConfigMap taken by `envFrom`, its prefix in front. Names only: no value is read. Secrets are never
read, so what only a Secret could bring stays unknown. An empty value counts as none, as it does for SDKs.

## Why it matters
Access keys in the environment are first in the credential chain of every SDK. The pod then acts as an IAM user, whatever
role it was given, and nothing says so. One of the two alone stops some SDKs with an error and is passed over by others.

## How to fix
Remove the variables from the pod template, or the keys from the ConfigMap, and create the pods again.

## References
- AWS SDKs and Tools Reference Guide, *Standardized credential providers*
- boto/botocore: `credentials.py`; smithy-lang/smithy-rs: `aws-config`
",
    evaluate: Evaluate::Container(evaluate),
};

fn evaluate(evidence: &Evidence, container: Container<'_>) -> Result<Verdict, Gap> {
    if let Some(reason) = evidence.pod_or_template()?.and_then(|pod| pod.leaves_out(&container)) {
        return Ok(Verdict::NotApplicable(reason));
    }
    let pair = [KEY_ID, SECRET_KEY].map(|name| (name, evidence.presence(&container, name)));
    let set: Vec<(&str, &Origin)> = pair
        .iter()
        .filter_map(|(name, presence)| match presence {
            Presence::Set(origin) => Some((*name, origin)),
            _ => None,
        })
        .collect();
    let gaps = pair.iter().filter_map(|(_, presence)| match presence {
        Presence::Unknown(gap) => Some(gap.clone()),
        _ => None,
    });
    // Of two gaps, the one that a permission could settle is told.
    let gap = gaps.min_by_key(|gap| gap.reason == GapReason::Undecidable);
    let finding = match (set.as_slice(), gap) {
        ([], None) => return Ok(Verdict::Pass),
        ([], Some(gap)) => return Err(gap),
        ([_, _], _) => Finding::error("the container has static access keys, which every SDK takes before a role"),
        ([(name, _)], Some(gap)) => Finding::error(format!(
            "the container has {name}, and its other half may come from where it cannot be seen"
        ))
        .suspected()
        .also_unknown(gap),
        ([(name, _), ..], _) => Finding::warning(format!("the container has {name} without its other half")),
    };
    let finding = set.iter().fold(finding, |finding, (name, origin)| {
        let source = if matches!(origin, Origin::EnvFrom { .. }) { Source::ConfigMaps } else { Source::Pod };
        finding.observed(source, *name, origin.to_string())
    });
    Ok(finding.expected("neither variable").fixes(remove_variables(evidence, &container.name, &set)).into())
}
