//! Does the image hold an SDK that is older than Pod Identity? Its files tell where a probe looks, else the name of an image, for few.

use crate::advice::doctor::probe_the_container;
use crate::advice::template::in_the_manifest;
use crate::checks::{Check, Code, Evaluate, Finding, ProvenBy, Severity, Success, Verdict, Way, injection};
use crate::evidence::asked::probe::{FoundSdk, SdkSearch};
use crate::evidence::{Container, Evidence, Gap, GapReason, Source};
use crate::reasoning::pod::programs::known;

/// The check.
pub static CHECK: Check = Check {
    code: Code(490),
    name: "container/sdk",
    area: &super::AREA,
    title: "the SDK in the image knows Pod Identity",
    severity: Severity::Warning,
    since: "0.1.0",
    reads: &[Source::Pod, Source::Probe],
    requires: &[&injection::variables::CHECK],
    way: Some(Way::PodIdentity),
    proven_by: ProvenBy::Success(Success::OfOnlyContainer),
    tells: &[106, 107, 108, 150],
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
With `--probe` the files of the container, but for its volumes: Python's botocore, jars (also inside
of a jar), packages of npm, RubyGems and Composer, and what running programs of Go and Rust say they
were made of. Without, or where the search found nothing or was cut short, whether the tag of a
known image proves that its SDK is too old. Known are the images of the AWS CLI, whose tag is its
version, and of some programs whose first version with Pod Identity is documented: Grafana Tempo
2.6.0, the executor of Argo Workflows 3.6.0, cert-manager 1.14.0, the EBS CSI driver 1.26.0, Vector
after 0.38. Of every other image the name tells nothing about what is inside, and the check does
not apply.

## Why it matters
An SDK that does not know Pod Identity refuses the agent's address with an error about the host,
or goes on to the node's role without a word. Where a newer SDK was found beside it, which of them
the program takes is not known, and the old one is only noted.

## How to fix
Take an image with AWS CLI 2.15.0 or newer (1.30.0 or newer of version 1). For a program of your
own update its SDK: Python boto3 1.32.0, Java v2 2.21.26, Java v1 1.12.746, Go v2 of 2023-11-14,
Go v1 1.47.11, JavaScript v3 3.503.1, JavaScript v2 2.1550.0, Rust of 2024-03-13, .NET 3.7.734.0,
C++ 1.11.263, Ruby 3.188.0, PHP 3.287.1. JavaScript v3 is documented from 3.458.0, but its default
chain asks the agent only from 3.503.1.

## References
- Amazon EKS user guide, 'Use pod identity with the AWS SDK'
- boto/botocore: `utils.py` (ContainerMetadataFetcher); aws/aws-sdk-js-v3#5709
- grafana/tempo#3899; release notes of argoproj/argo-workflows 3.6 (minio-go 7.0.70),
  cert-manager 1.14, aws-ebs-csi-driver 1.26, vectordotdev/vector 0.39 (aws-config 1.1.8)
",
    evaluate: Evaluate::Container(evaluate),
    ..Check::DEFAULT
};

fn evaluate(evidence: &Evidence, container: Container<'_>) -> Result<Verdict, Gap> {
    let Some(pod) = evidence.pod_or_template()? else {
        return Ok(Verdict::not_applicable("there is no pod yet"));
    };
    if let Some(reason) = pod.leaves_out(&container) {
        return Ok(Verdict::NotApplicable(reason));
    }
    let search = evidence.sdk_search(&container);
    if let Ok(Some(search)) = search
        && let Some(verdict) = of_files(evidence, &container, search)
    {
        return Ok(verdict);
    }
    let image = container.image.as_deref().unwrap_or_default();
    let Some((program, version)) = known(image) else {
        return match search {
            Err(gap) if gap.reason != GapReason::NotRequested => Err(gap),
            _ => Ok(Verdict::not_applicable("which SDK the image holds is not known")),
        };
    };
    if version >= program.first {
        return Ok(Verdict::Pass);
    }
    let (name, found, expected) = (program.name, version, program.first);
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

/// What the files say, where they tell enough: a search that ended early may have missed the one that is old.
///
/// Beside an old SDK that the container does not use there may be a new one that it uses, as programs of Go carry the first SDK for
/// others' sake.
fn of_files(evidence: &Evidence, container: &Container<'_>, search: &SdkSearch) -> Option<Verdict> {
    let (old, new): (Vec<_>, Vec<_>) = search.found.iter().partition(|one| one.is_too_old());
    if old.is_empty() {
        return (search.is_whole && !new.is_empty()).then_some(Verdict::Pass);
    }
    let severity = if new.is_empty() { Severity::Warning } else { Severity::Note };
    let findings = old.iter().map(|FoundSdk { package, version, path }| {
        let (name, first) = (package.name(), package.first());
        Finding::new(severity, format!("{name} {version} in the container does not know Pod Identity"))
            .observed(Source::Probe, path.as_str(), version.to_string())
            .found(format!("{name} {version}"))
            .expected(format!("{name} {first} or newer"))
            .fixes(in_the_manifest(
                evidence,
                format!("take an image with {name} {first} or newer for container {}", container.name),
            ))
    });
    Some(Verdict::from_findings(findings.collect()))
}
