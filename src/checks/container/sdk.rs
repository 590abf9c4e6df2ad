//! Does the image hold an SDK that is older than Pod Identity? It is separate because only the name of an image can tell, and for few.

use crate::advice::template::in_the_manifest;
use crate::checks::{Check, Code, Evaluate, Finding, ProvenBy, Severity, Success, Verdict, Way, injection};
use crate::evidence::{Container, Evidence, Gap, Source};

/// The check.
pub static CHECK: Check = Check {
    code: Code(490),
    name: "container/sdk",
    area: &super::AREA,
    title: "the SDK in the image knows Pod Identity",
    severity: Severity::Warning,
    since: "0.1.0",
    reads: &[Source::Pod],
    requires: &[&injection::variables::CHECK],
    way: Some(Way::PodIdentity),
    proven_by: ProvenBy::Success(Success::OfOnlyContainer),
    tells: &[108],
    symptoms: &[
        "Unsupported host '169.254.170.23'",
        "invalid endpoint host, \"169.254.170.23\", only loopback hosts are allowed",
        "169.254.170.23 is not a valid container metadata service hostname",
        "has an invalid host. Host should resolve to a loopback address or have the full URI be HTTPS.",
    ],
    docs: "\
## What it checks
Whether the tag of a known image proves that its SDK is too old. Known are the images of the AWS
CLI, whose tag is its version. Of every other image the name tells nothing about what is inside,
and the check does not apply.

## Why it matters
An SDK that does not know Pod Identity refuses the agent's address with an error about the host,
or goes on to the node's role without a word.

## How to fix
Take an image with AWS CLI 2.15.0 or newer (1.30.0 or newer of version 1). For a program of your
own update its SDK: Python boto3 1.34.41, Java v2 2.21.30, Go v2 of 2023-11-14, JavaScript v3
3.458.0, Rust of 2024-03-13, .NET 3.7.734.0, C++ 1.11.263, Ruby 3.188.0, PHP 3.287.1.

## References
- Amazon EKS user guide, 'Use pod identity with the AWS SDK'
- boto/botocore: `utils.py` (ContainerMetadataFetcher)
",
    evaluate: Evaluate::Container(evaluate),
    ..Check::DEFAULT
};

/// Repositories whose tag is the version of the AWS CLI inside.
const AWS_CLI: &[&str] = &["amazon/aws-cli", "docker.io/amazon/aws-cli", "public.ecr.aws/aws-cli/aws-cli"];

fn evaluate(evidence: &Evidence, container: Container<'_>) -> Result<Verdict, Gap> {
    let Some(pod) = evidence.pod_or_template()? else {
        return Ok(Verdict::not_applicable("there is no pod yet"));
    };
    if let Some(reason) = pod.leaves_out(&container) {
        return Ok(Verdict::NotApplicable(reason));
    }
    let image = container.image.as_deref().unwrap_or_default();
    let Some(version) = aws_cli(image) else {
        return Ok(Verdict::not_applicable("which SDK the image holds is not known"));
    };
    let minimum = if version.0 == 1 { (1, 30, 0) } else { (2, 15, 0) };
    if version >= minimum {
        return Ok(Verdict::Pass);
    }
    let words = |(major, minor, patch): Version| format!("{major}.{minor}.{patch}");
    let (found, expected) = (words(version), words(minimum));
    Ok(Finding::warning(format!("AWS CLI {found} in the image does not know Pod Identity"))
        .observed(Source::Pod, "image", image)
        .found(format!("AWS CLI {found}, by the tag of its image"))
        .expected(format!("AWS CLI {expected} or newer"))
        .fixes(in_the_manifest(
            evidence,
            format!("take an image with AWS CLI {expected} or newer for container {}", container.name),
        ))
        .into())
}

/// Major, minor, patch.
type Version = (u32, u32, u32);

/// The version of the AWS CLI that the tag of its image names.
fn aws_cli(image: &str) -> Option<Version> {
    let named = image.split('@').next().unwrap_or_default();
    let (_, tag) = named.rsplit_once(':').filter(|(repository, _)| AWS_CLI.contains(repository))?;
    let mut parts = tag.split('.').map(str::parse::<u32>);
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(Ok(major)), Some(Ok(minor)), Some(Ok(patch)), None) => Some((major, minor, patch)),
        _ => None,
    }
}
