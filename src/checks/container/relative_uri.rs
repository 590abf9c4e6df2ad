//! Does the container have the variable of ECS tasks? Its own check, because which of the two addresses wins differs between
//! SDKs.

use super::variables_found::look;
use crate::checks::fixes::template::remove_variables;
use crate::checks::{Check, Code, Evaluate, Finding, Severity, Verdict};
use crate::evidence::{Container, Evidence, Gap, Source};

const NAME: &str = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI";

/// The check.
pub static CHECK: Check = Check {
    code: Code(440),
    name: "container/relative-uri",
    title: "no ECS variable outranks Pod Identity",
    severity: Severity::Error,
    decisive: false,
    since: "0.1.0",
    reads: &[Source::Pod, Source::ConfigMaps],
    requires: &[],
    explained_by: &[],
    symptoms: &[
        "Connect timeout on endpoint URL: \"http://169.254.170.2/",
        "Error when retrieving credentials from container-role",
    ],
    docs: "\
## What it checks
Whether the container has `AWS_CONTAINER_CREDENTIALS_RELATIVE_URI`, the variable that ECS gives to its tasks.

## Why it matters
With it, botocore, the AWS CLI and the SDKs for Rust and Ruby ask 169.254.170.2, where nobody answers on EKS, and never come to
the agent. The SDKs for Go and JavaScript v3 take the agent first, so the same pod works for one program and fails for
another.

## How to fix
Remove the variable; it mostly came along with a task definition.

## References
- AWS SDKs and Tools Reference Guide, *Container credential provider*
- boto/botocore: `credentials.py`; smithy-lang/smithy-rs: `ecs.rs`; aws/aws-sdk-ruby: `ecs_credentials.rb`
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
            let message =
                format!("the container has {NAME}, and most SDKs then ask the address of ECS instead of the agent");
            let finding = found.tell(&container, Finding::error(message));
            Ok(finding
                .found("botocore, the AWS CLI, Rust and Ruby follow it first; Go and JavaScript v3 ask the agent first")
                .expected("no such variable on EKS")
                .fixes(remove_variables(evidence, &container.name, &found.origins()))
                .into())
        }
        Some(gap) => Err(gap),
        None => Ok(Verdict::Pass),
    }
}
