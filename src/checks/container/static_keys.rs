//! Does the container have access keys of its own? Every SDK takes them before any role.

use super::variables_found::look;
use crate::advice::restart;
use crate::advice::template::remove_variables;
use crate::advice::words::agent_error::seen;
use crate::checks::{Check, Code, Evaluate, Finding, ProvenBy, Remediation, Severity, Success, Verdict};
use crate::evidence::{Container, Evidence, Gap, GapReason, Source};
use crate::reasoning::credential_chain::setting::{KEY_ID, OLD_KEY_ID, OLD_SECRET_KEY, SECRET_KEY};
use crate::reasoning::credential_chain::{Outcome, Sdk, Settings, Step, rules};

/// Those that every SDK reads, and behind them those that only Go v2 does.
const ALL_NAMES: [&str; 4] = [KEY_ID, SECRET_KEY, OLD_KEY_ID, OLD_SECRET_KEY];

/// The check.
pub static CHECK: Check = Check {
    code: Code(410),
    name: "container/static-keys",
    area: &super::AREA,
    title: "no access key outranks the role of the pod",
    severity: Severity::Error,
    decisive: true,
    since: "0.1.0",
    reads: &[Source::Pod, Source::ConfigMaps, Source::Secrets, Source::Probe],
    proven_by: ProvenBy::Success(Success::OfOnlyContainer),
    tells: &[110],
    symptoms: &[
        "GetCallerIdentity answers with arn:aws:iam::…:user/…",
        "Partial credentials found in env, missing: AWS_SECRET_ACCESS_KEY",
        "InvalidClientTokenId",
    ],
    docs: "\
## What it checks
Whether the container has `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`: in `env` (as a value,
or from a key of a Secret or a ConfigMap), or in a ConfigMap taken by `envFrom`, its prefix in
front. Names only: no value is read. Secrets are not read unless `--inspect-secrets` asks for the
names of their keys, so what only a Secret could bring stays unknown without it, or without a
`--probe` in the container itself, which sees the names. An empty value counts as none, as it does
for SDKs.

## Why it matters
Access keys in the environment are first in the credential chain of every SDK. The pod then acts
as an IAM user, whatever role it was given, and nothing says so. `AWS_ACCESS_KEY_ID` alone stops
boto3 and the AWS CLI with an error; the other SDKs pass it over, and all pass over
`AWS_SECRET_ACCESS_KEY` alone. Go v2 also takes the older names `AWS_ACCESS_KEY` and
`AWS_SECRET_KEY`.

## How to fix
Remove the variables from the pod template, or the keys from the ConfigMap, and create the pods
again.

## References
- AWS SDKs and Tools Reference Guide, *Standardized credential providers*
- boto/botocore: `credentials.py`; smithy-lang/smithy-rs: `aws-config`
",
    evaluate: Evaluate::Container(evaluate),
    ..Check::DEFAULT
};

fn evaluate(evidence: &Evidence, container: Container<'_>) -> Result<Verdict, Gap> {
    if let Some(reason) = evidence.pod_or_template()?.and_then(|pod| pod.leaves_out(&container)) {
        return Ok(Verdict::NotApplicable(reason));
    }
    let settings = Settings::of(evidence, &container);
    let keys: Vec<_> = Sdk::measured().map(|sdk| (sdk, rules::take(&settings, sdk, Step::Keys))).collect();
    let ends = |wanted: fn(&Outcome) -> bool| -> Vec<Sdk> {
        let found = keys.iter().filter(|(_, found)| matches!(found, Ok(Some(outcome)) if wanted(outcome)));
        found.map(|(sdk, _)| *sdk).collect()
    };
    let taking = ends(|outcome| matches!(outcome, Outcome::Takes { .. }));
    let found = look(evidence, &container, if taking == [Sdk::Go] { &ALL_NAMES } else { &ALL_NAMES[..2] });
    // Of several gaps, the one that a permission could settle is told.
    let gaps = keys.iter().filter_map(|(_, found)| found.as_ref().err());
    let gap = gaps.min_by_key(|gap| gap.reason == GapReason::Undecidable).cloned();
    if gap.is_some()
        && taking.is_empty()
        && let Some(verdict) = by_probe(evidence, &container, found.set.len())
    {
        return Ok(verdict);
    }
    let finding = match (taking.as_slice(), found.set.as_slice(), gap) {
        ([Sdk::Go], ..) => {
            Finding::warning("the container has access keys of older names, which Go v2 uses in preference to a role")
        }
        ([_, ..], ..) => {
            Finding::error("the container has static access keys, which every SDK uses in preference to a role")
        }
        (_, [], Some(gap)) => return Err(gap),
        (_, [(name, _), ..], Some(gap)) => Finding::error(format!(
            "the container has {name}, and its other half may come from where it cannot be seen"
        ))
        .suspected()
        .also_unknown(gap),
        _ if ends(|outcome| matches!(outcome, Outcome::Stops(_))).is_empty() => return Ok(Verdict::Pass),
        _ => Finding::warning(format!(
            "the container has {KEY_ID} without its other half, which stops boto3 and the AWS CLI"
        )),
    };
    let fixes = remove_variables(evidence, &container.name, &found.origins());
    Ok(found.tell(&container, finding).expected("neither variable").fixes(fixes).into())
}

/// What the container's own environment shows, where the specification leaves open what a Secret brings.
fn by_probe(evidence: &Evidence, container: &Container<'_>, known: usize) -> Option<Verdict> {
    let probed = evidence.probed(container).ok()?.ok()?;
    let names: Vec<&str> =
        ALL_NAMES[..2].iter().copied().filter(|name| probed.has_variable(name) == Some(true)).collect();
    let all_told = ALL_NAMES[..2].iter().all(|name| probed.has_variable(name).is_some());
    let finding = match names.as_slice() {
        // What the specification sets for sure has to be there: else it is another environment.
        _ if !all_told || names.len() < known => return None,
        [_, _] => Finding::error("the container has static access keys, which every SDK uses in preference to a role"),
        [KEY_ID] => Finding::warning(format!(
            "the container has {KEY_ID} without its other half, which stops boto3 and the AWS CLI"
        )),
        _ => return Some(Verdict::Pass),
    };
    let secrets = container.env_from.iter().filter_map(|source| Some(source.secret_ref.as_ref()?.name.as_str()));
    let secrets = secrets.collect::<Vec<_>>().join(" or ");
    let whence = if secrets.is_empty() { "where they come from".to_owned() } else { format!("Secret {secrets}") };
    let words = format!("take the keys out of {whence}, or name single keys in the place of envFrom");
    let finding = finding
        .observed(Source::Probe, "environment", names.join(" and "))
        .expected("neither variable")
        .fix(Remediation::words(words, "the next pod acts as the role"))
        .fix(restart(evidence));
    Some(seen(finding, probed).into())
}
