//! Does the image hold an SDK that is older than Pod Identity? It is separate because only the name of an image can tell, and for few.

use crate::advice::doctor::probe_the_container;
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
    tells: &[108, 150],
    is_common: true,
    symptoms: &[
        "Unsupported host '169.254.170.23'",
        "invalid endpoint host, \"169.254.170.23\", only loopback hosts are allowed",
        "169.254.170.23 is not a valid container metadata service hostname",
        "has an invalid host. Host should resolve to a loopback address or have the full URI be HTTPS.",
        "invalid full URI for ECS provider (URI did not refer to the loopback interface)",
        "Host can only be one of [localhost, 127.0.0.1]",
        "Can only retrieve metadata from these hosts: 169.254.170.2, localhost, 127.0.0.1",
        "is not a valid container metadata service hostname",
    ],
    docs: "\
## What it checks
Whether the tag of a known image proves that its SDK is too old. Known are the images of the AWS
CLI, whose tag is its version, and of some programs whose first version with Pod Identity is
documented: Grafana Tempo 2.6.0, the executor of Argo Workflows 3.6.0, cert-manager 1.14.0, the
EBS CSI driver 1.26.0, Vector after 0.38. Of every other image the name tells nothing about what
is inside, and the check does not apply.

## Why it matters
An SDK that does not know Pod Identity refuses the agent's address with an error about the host,
or goes on to the node's role without a word.

## How to fix
Take an image with AWS CLI 2.15.0 or newer (1.30.0 or newer of version 1). For a program of your
own update its SDK: Python boto3 1.34.41, Java v2 2.21.30, Java v1 1.12.746, Go v2 of 2023-11-14,
Go v1 1.47.11, JavaScript v3 3.458.0, Rust of 2024-03-13, .NET 3.7.734.0, C++ 1.11.263,
Ruby 3.188.0, PHP 3.287.1.

## References
- Amazon EKS user guide, 'Use pod identity with the AWS SDK'
- boto/botocore: `utils.py` (ContainerMetadataFetcher)
- grafana/tempo#3899; release notes of argoproj/argo-workflows 3.6 (minio-go 7.0.70),
  cert-manager 1.14, aws-ebs-csi-driver 1.26, vectordotdev/vector 0.39 (aws-config 1.1.8)
",
    evaluate: Evaluate::Container(evaluate),
    ..Check::DEFAULT
};

/// A program whose images are known by their repository, and whose tag is its version.
struct Program {
    /// The repositories that its makers publish to. A copy elsewhere may be another program.
    repositories: &'static [&'static str],
    /// The name for people.
    name: &'static str,
    /// The major version that this row is about; none where it is about all.
    major: Option<u32>,
    /// The first version that knows Pod Identity.
    first: Version,
}

const AWS_CLI: &[&str] = &["amazon/aws-cli", "docker.io/amazon/aws-cli", "public.ecr.aws/aws-cli/aws-cli"];

const fn program(repositories: &'static [&'static str], name: &'static str, first: Version) -> Program {
    Program { repositories, name, major: None, first }
}

/// The known programs. Sources: Amazon EKS user guide, 'Use pod identity with the AWS SDK', for the AWS CLI; the threads and
/// release notes that the check's references name, for the others.
const PROGRAMS: &[Program] = &[
    Program { repositories: AWS_CLI, name: "AWS CLI", major: Some(1), first: (1, 30, 0) },
    program(AWS_CLI, "AWS CLI", (2, 15, 0)),
    program(&["grafana/tempo", "docker.io/grafana/tempo"], "Grafana Tempo", (2, 6, 0)),
    program(&["argoproj/argoexec", "quay.io/argoproj/argoexec"], "Argo Workflows", (3, 6, 0)),
    program(&["quay.io/jetstack/cert-manager-controller"], "cert-manager", (1, 14, 0)),
    program(&["public.ecr.aws/ebs-csi-driver/aws-ebs-csi-driver"], "EBS CSI driver", (1, 26, 0)),
    program(&["timberio/vector", "docker.io/timberio/vector"], "Vector", (0, 39, 0)),
];

fn evaluate(evidence: &Evidence, container: Container<'_>) -> Result<Verdict, Gap> {
    let Some(pod) = evidence.pod_or_template()? else {
        return Ok(Verdict::not_applicable("there is no pod yet"));
    };
    if let Some(reason) = pod.leaves_out(&container) {
        return Ok(Verdict::NotApplicable(reason));
    }
    let image = container.image.as_deref().unwrap_or_default();
    let Some((program, version)) = known(image) else {
        return Ok(Verdict::not_applicable("which SDK the image holds is not known"));
    };
    if version >= program.first {
        return Ok(Verdict::Pass);
    }
    let words = |(major, minor, patch): Version| format!("{major}.{minor}.{patch}");
    let (name, found, expected) = (program.name, words(version), words(program.first));
    let finding = Finding::warning(format!("{name} {found} in the image does not know Pod Identity"))
        .observed(Source::Pod, "image", image)
        .found(format!("{name} {found}, by the tag of its image"))
        .expected(format!("{name} {expected} or newer"))
        .fixes(in_the_manifest(
            evidence,
            format!("take an image with {name} {expected} or newer for container {}", container.name),
        ));
    // What is inside only a look from inside proves.
    let look = || probe_the_container(evidence, "see which credentials the container takes meanwhile").or();
    Ok(finding.fixes(evidence.live_pod()?.map(|_| look())).into())
}

/// Major, minor, patch.
type Version = (u32, u32, u32);

/// The known program of an image, and the version that its tag names.
fn known(image: &str) -> Option<(&'static Program, Version)> {
    let named = image.split('@').next().unwrap_or_default();
    let (repository, tag) = named.rsplit_once(':')?;
    let version = version(tag)?;
    let is_of = |program: &&Program| {
        program.repositories.contains(&repository) && program.major.is_none_or(|major| version.0 == major)
    };
    Some((PROGRAMS.iter().find(is_of)?, version))
}

/// Reads a tag: `2.5.0`, `v2.5.0`, `2.5.0-debian`. A tag with fewer parts moves, and proves nothing.
fn version(tag: &str) -> Option<Version> {
    let tag = tag.strip_prefix('v').unwrap_or(tag);
    let numbers = tag.split(['-', '+']).next()?;
    let mut parts = numbers.split('.').map(str::parse::<u32>);
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(Ok(major)), Some(Ok(minor)), Some(Ok(patch)), None) => Some((major, minor, patch)),
        _ => None,
    }
}
