//! Is STS called in the region? It is separate from the region itself, because only calls to STS leave it.

use super::variables_found::{look, value};
use crate::advice::template::remove_variables;
use crate::checks::{Check, Code, Evaluate, Finding, ProvenBy, Severity, Success, Verdict};
use crate::evidence::{Container, Evidence, Gap, Source};

const NAME: &str = "AWS_STS_REGIONAL_ENDPOINTS";

/// The check.
pub static CHECK: Check = Check {
    code: Code(470),
    name: "container/regional-sts",
    area: &super::AREA,
    title: "STS is called in the region",
    severity: Severity::Warning,
    since: "0.1.0",
    reads: &[Source::Pod, Source::ConfigMaps, Source::Secrets],
    proven_by: ProvenBy::Success(Success::OfOnlyContainer),
    tells: &[121],
    symptoms: &[
        "Connect timeout on endpoint URL: \"https://sts.amazonaws.com/\"",
        "dial tcp: lookup sts.amazonaws.com: no such host",
    ],
    docs: "\
## What it checks
Whether the container sets `AWS_STS_REGIONAL_ENDPOINTS` to `legacy`. The webhook writes
`regional`, unless the variable is there.

## Why it matters
With `legacy`, SDKs call the global endpoint of STS for older regions; newer ones and other
partitions never had it. A private VPC has an endpoint for the region only, so role assumption in
the application and GetCallerIdentity time out, while the credentials themselves are fine.

## How to fix
Remove the variable from the template; the webhook then writes `regional`.

## References
- aws/amazon-eks-pod-identity-webhook: `pkg/handler/handler.go`
- AWS SDKs and Tools Reference Guide, *AWS STS Regional endpoints*
",
    evaluate: Evaluate::Container(evaluate),
    ..Check::DEFAULT
};

/// The regions for which `legacy` means the global endpoint (`LEGACY_GLOBAL_STS_REGIONS` of botocore).
const GLOBAL: &[&str] = &[
    "ap-northeast-1",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "aws-global",
    "ca-central-1",
    "eu-central-1",
    "eu-north-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
];

fn evaluate(evidence: &Evidence, container: Container<'_>) -> Result<Verdict, Gap> {
    if let Some(reason) = evidence.pod_or_template()?.and_then(|pod| pod.leaves_out(&container)) {
        return Ok(Verdict::NotApplicable(reason));
    }
    let found = look(evidence, &container, &[NAME]);
    let Some((_, origin)) = found.set.first() else { return found.gap.map_or(Ok(Verdict::Pass), Err) };
    if !value(&container, NAME, origin)?.eq_ignore_ascii_case("legacy") {
        return Ok(Verdict::Pass);
    }
    let own = ["AWS_REGION", "AWS_DEFAULT_REGION"].into_iter().find_map(|name| container.variable(name)?.text());
    let region = own.filter(|region| !region.is_empty()).or(evidence
        .context
        .region
        .as_ref()
        .map(|region| region.value.as_str()));
    if region.is_some_and(|region| !GLOBAL.contains(&region)) {
        return Ok(Verdict::Pass);
    }
    let finding = Finding::warning("the container calls the global endpoint of STS");
    Ok(found
        .tell(&container, finding)
        .found("legacy")
        .expected("regional")
        .fixes(remove_variables(evidence, &container.name, &found.origins()))
        .into())
}
