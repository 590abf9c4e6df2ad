//! Does the container have the variable of ECS tasks? Its own check, because which of the two addresses wins differs between
//! SDKs.

use super::variables_found::look;
use crate::advice::template::{remove_variables, unset_variables};
use crate::checks::{Check, Code, Evaluate, Finding, ProvenBy, Severity, Success, Verdict, Way};
use crate::evidence::kubernetes::environment::EnvValue;
use crate::evidence::{Container, Evidence, Gap, Source};

const NAME: &str = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI";

/// The check.
pub static CHECK: Check = Check {
    code: Code(440),
    name: "container/relative-uri",
    area: &super::AREA,
    title: "no ECS variable outranks the role of the pod",
    severity: Severity::Error,
    since: "0.1.0",
    reads: &[Source::Pod, Source::ConfigMaps, Source::Secrets],
    way: Some(Way::PodIdentity),
    proven_by: ProvenBy::Success(Success::OfOnlyContainer),
    tells: &[114],
    symptoms: &[
        "Connect timeout on endpoint URL: \"http://169.254.170.2/",
        "Error when retrieving credentials from container-role",
    ],
    docs: "\
## What it checks
Whether the container has `AWS_CONTAINER_CREDENTIALS_RELATIVE_URI`, the variable that ECS gives to
its tasks, also with nothing in it.

## Why it matters
With it, every SDK that was measured asks 169.254.170.2, where nobody answers on EKS, and never
comes to the agent: boto3, the AWS CLI, Go v2, Java v2, JavaScript v3, Rust. Set to nothing it
still sends boto3, the AWS CLI and Java v2 there, and stops Rust; Go and JavaScript pass it over.

## How to fix
Remove the variable; it mostly came along with a task definition.

## References
- AWS SDKs and Tools Reference Guide, *Container credential provider*
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
    if !found.set.is_empty() {
        let finding = Finding::error(format!("the container has {NAME}, and SDKs then ask ECS instead of the agent"));
        return Ok(found
            .tell(&container, finding)
            .expected("no such variable on EKS")
            .fixes(remove_variables(evidence, &container.name, &found.origins()))
            .into());
    }
    if container.variable(NAME).is_some_and(|variable| variable.value == EnvValue::Empty) {
        let message = format!("the container has an empty {NAME}, which sends some SDKs to ECS and stops others");
        return Ok(Finding::warning(message)
            .observed(Source::Pod, NAME, "empty")
            .found("boto3, the AWS CLI and Java v2 ask ECS, Rust stops; Go v2 and JavaScript v3 pass it over")
            .expected("no such variable on EKS")
            .fixes(unset_variables(evidence, &container.name, &[NAME]))
            .into());
    }
    found.gap.map_or(Ok(Verdict::Pass), Err)
}
