//! Does the container carry a fixed token? It is separate from the token file, because some SDKs never look at the file then.

use super::variables_found::look;
use crate::checks::fixes::template::remove_variables;
use crate::checks::{Check, Code, Evaluate, Finding, Severity, Verdict};
use crate::evidence::{Container, Evidence, Gap, Source};

const NAME: &str = "AWS_CONTAINER_AUTHORIZATION_TOKEN";

/// The check.
pub static CHECK: Check = Check {
    code: Code(450),
    name: "container/token-variable",
    title: "no fixed token shadows the token file",
    severity: Severity::Error,
    decisive: false,
    since: "0.1.0",
    reads: &[Source::Pod, Source::ConfigMaps],
    requires: &[],
    explained_by: &[],
    symptoms: &[
        "Service account token failed basic claim validations: token is expired",
        "Service account token cannot be parsed",
    ],
    docs: "\
## What it checks
Whether the container has `AWS_CONTAINER_AUTHORIZATION_TOKEN`. The webhook never sets it: it writes the variable that names a
file. The value is never read.

## Why it matters
The SDKs for Java v2 and JavaScript send this text instead of what is in the file. A token that somebody copied there is refused,
or expires and is never renewed. botocore, Go, Rust and Ruby take the file.

## How to fix
Remove the variable.

## References
- AWS SDKs and Tools Reference Guide, *Container credential provider*
- aws/aws-sdk-java-v2: `ContainerCredentialsProvider`; aws/aws-sdk-js-v3: `fromHttp`
",
    evaluate: Evaluate::Container(evaluate),
};

fn evaluate(evidence: &Evidence, container: Container<'_>) -> Result<Verdict, Gap> {
    if let Some(reason) = evidence.pod_or_template()?.and_then(|pod| pod.leaves_out(&container)) {
        return Ok(Verdict::NotApplicable(reason));
    }
    let found = look(evidence, &container, &[NAME]);
    match found.gap {
        _ if !found.set.is_empty() => {
            let message = format!("the container has {NAME}, which some SDKs send instead of the token in the file");
            let finding = found.tell(&container, Finding::error(message));
            Ok(finding
                .found("Java v2 and JavaScript take it first; botocore, Go, Rust and Ruby take the file")
                .expected("only the variable that names the token file")
                .fixes(remove_variables(evidence, &container.name, &found.origins()))
                .into())
        }
        Some(gap) => Err(gap),
        None => Ok(Verdict::Pass),
    }
}
