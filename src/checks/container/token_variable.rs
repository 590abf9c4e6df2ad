//! Does the container carry a fixed token? It is separate from the token file, because some SDKs never look at the file then.

use super::variables_found::look;
use crate::advice::template::{remove_variables, unset_variables};
use crate::checks::{Check, Code, Evaluate, Finding, ProvenBy, Severity, Success, Verdict, Way};
use crate::evidence::kubernetes::environment::EnvValue;
use crate::evidence::{Container, Evidence, Gap, Source};

const NAME: &str = "AWS_CONTAINER_AUTHORIZATION_TOKEN";

/// The check.
pub static CHECK: Check = Check {
    code: Code(450),
    name: "container/token-variable",
    area: &super::AREA,
    title: "no fixed token shadows the token file",
    severity: Severity::Error,
    since: "0.1.0",
    reads: &[Source::Pod, Source::ConfigMaps, Source::Secrets],
    way: Some(Way::PodIdentity),
    proven_by: ProvenBy::Success(Success::OfOnlyContainer),
    tells: &[115],
    symptoms: &[
        "Service account token failed basic claim validations: token is expired",
        "Service account token cannot be parsed",
    ],
    docs: "\
## What it checks
Whether the container has `AWS_CONTAINER_AUTHORIZATION_TOKEN`, also with nothing in it. The
webhook never sets it: it writes the variable that names a file. The value is never read.

## Why it matters
Java v2 sends this text instead of what is in the file, and no token at all where it is empty. A
token that somebody copied there is refused, or expires and is never renewed. boto3, the AWS CLI,
Go v2, JavaScript v3 and Rust take the file (measured); JavaScript v2 and older versions of v3
take the text too.

## How to fix
Remove the variable.

## References
- AWS SDKs and Tools Reference Guide, *Container credential provider*
- aws/aws-sdk-java-v2: `ContainerCredentialsProvider`
- this project: `tests/sdks`, where the SDKs are watched
",
    evaluate: Evaluate::Container(evaluate),
    ..Check::DEFAULT
};

fn evaluate(evidence: &Evidence, container: Container<'_>) -> Result<Verdict, Gap> {
    if let Some(reason) = evidence.pod_or_template()?.and_then(|pod| pod.leaves_out(&container)) {
        return Ok(Verdict::NotApplicable(reason));
    }
    let found = look(evidence, &container, &[NAME]);
    let is_empty = container.variable(NAME).is_some_and(|variable| variable.value == EnvValue::Empty);
    let has_file = container.token_file().is_some();
    let finding = match found.gap {
        _ if !found.set.is_empty() && has_file => {
            Finding::warning(format!("the container has {NAME}, which Java v2 sends instead of the token in the file"))
        }
        _ if !found.set.is_empty() => {
            Finding::error(format!("the container has {NAME} and no token file, so SDKs send that text"))
        }
        _ if is_empty => {
            Finding::warning(format!("the container has an empty {NAME}, and Java v2 then sends no token"))
        }
        Some(gap) => return Err(gap),
        None => return Ok(Verdict::Pass),
    };
    let finding = if is_empty {
        finding.observed(Source::Pod, NAME, "empty").fixes(unset_variables(evidence, &container.name, &[NAME]))
    } else {
        found.tell(&container, finding).fixes(remove_variables(evidence, &container.name, &found.origins()))
    };
    let finding = finding.expected("only the variable that names the token file");
    Ok(if has_file {
        finding.found("boto3, the AWS CLI, Go v2, JavaScript v3 and Rust take the file")
    } else {
        finding
    }
    .into())
}
