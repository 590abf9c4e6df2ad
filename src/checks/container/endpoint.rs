//! Is AWS called at its own addresses? It is separate from credentials, because the variable is mostly meant for another service, such as
//! an object store, and sends calls of STS there too.

use super::variables_found::look;
use crate::advice::template::remove_variables;
use crate::checks::{Check, Code, Evaluate, Finding, ProvenBy, Remediation, Severity, Success, Verdict};
use crate::evidence::kubernetes::environment::EnvVar;
use crate::evidence::{Container, Evidence, Gap, Source};

/// For all services.
const ALL: &str = "AWS_ENDPOINT_URL";
/// For STS, where it goes before the other.
const STS: &str = "AWS_ENDPOINT_URL_STS";
/// Switches both off.
const IGNORE: &str = "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS";

/// The check.
pub static CHECK: Check = Check {
    code: Code(435),
    name: "container/endpoint",
    area: &super::AREA,
    title: "AWS is called at its own addresses",
    severity: Severity::Warning,
    since: "0.1.0",
    reads: &[Source::Pod, Source::ConfigMaps, Source::Secrets],
    proven_by: ProvenBy::Success(Success::OfOnlyContainer),
    symptoms: &[
        "An error occurred (Unknown) when calling the AssumeRoleWithWebIdentity operation",
        "WebIdentityErr: failed to retrieve credentials caused by: SerializationError: failed to unmarshal error message status code: 400",
    ],
    docs: "\
## What it checks
Whether the container has `AWS_ENDPOINT_URL` or `AWS_ENDPOINT_URL_STS`, and whether the one that
SDKs use for STS names a host of AWS. Scheme, host and port are kept of a value.
`AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true` switches both off.

## Why it matters
SDKs of 2023 and later send every service there, STS too. For IAM roles for service accounts the
token then goes to that server, and no credentials come back. With Pod Identity the credentials
come from the agent, and the application's calls go to that server.

## How to fix
Set the variable for the one service that is meant, such as `AWS_ENDPOINT_URL_S3`, or set
`AWS_ENDPOINT_URL_STS` to the address of STS.

## References
- AWS SDKs and Tools Reference Guide, *Service-specific endpoints*
- kserve/kserve issue 3482
",
    evaluate: Evaluate::Container(evaluate),
    ..Check::DEFAULT
};

/// How the hosts of AWS end, in all partitions (botocore, `partitions.json`), with and without IPv6; endpoints of a VPC among them.
const OF_AWS: &[&str] = &[
    ".amazonaws.com",
    ".api.aws",
    ".amazonaws.com.cn",
    ".api.amazonwebservices.com.cn",
    ".amazonaws.eu",
    ".api.amazonwebservices.eu",
    ".c2s.ic.gov",
    ".api.aws.ic.gov",
    ".sc2s.sgov.gov",
    ".api.aws.scloud",
    ".cloud.adc-e.uk",
    ".api.cloud-aws.adc-e.uk",
    ".csp.hci.ic.gov",
    ".api.aws.hci.ic.gov",
];

fn evaluate(evidence: &Evidence, container: Container<'_>) -> Result<Verdict, Gap> {
    if let Some(reason) = evidence.pod_or_template()?.and_then(|pod| pod.leaves_out(&container)) {
        return Ok(Verdict::NotApplicable(reason));
    }
    let text = |name: &str| container.variable(name).and_then(EnvVar::text);
    if text(IGNORE).is_some_and(|value| value.eq_ignore_ascii_case("true")) {
        return Ok(Verdict::Pass);
    }
    let found = look(evidence, &container, &[STS, ALL]);
    let Some((name, _)) = found.set.first() else { return found.gap.map_or(Ok(Verdict::Pass), Err) };
    // The value of another place than the specification is not read, and is rarely that of AWS.
    if text(name).is_some_and(is_of_aws) {
        return Ok(Verdict::Pass);
    }
    let on_irsa = container.has_web_identity_variables() && !container.has_pod_identity_variables();
    let what = if on_irsa {
        "so the pod's token for its role goes to that server, and no credentials come back"
    } else {
        "so SDKs call STS and other services at that server"
    };
    let finding = Finding::warning(format!("{name} names a server that is not AWS, {what}"));
    Ok(found
        .tell(&container, finding)
        .expected("an address for the one service that is meant, such as AWS_ENDPOINT_URL_S3")
        .fix(Remediation::words(
            format!("set AWS_ENDPOINT_URL_S3, or the variable of the service that is meant, in the place of {name}"),
            "STS is then called at its own address",
        ))
        .fixes(remove_variables(evidence, &container.name, &found.origins()))
        .into())
}

fn is_of_aws(address: &str) -> bool {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    let host = rest.split([':', '/', '?']).next().unwrap_or_default().trim_end_matches('.').to_ascii_lowercase();
    OF_AWS.iter().any(|end| host.ends_with(end))
}
