//! Asks whether EKS offers Pod Identity for a cluster of this version and in this place.
//!
//! It is separate from the nodes, because here nothing that runs in the cluster could help: the webhook and the service
//! behind it are not there.

use crate::advice::{cluster_name, region_option};
use crate::checks::{Check, Code, Evaluate, Finding, Remediation, Severity, Strikes, Verdict, Way};
use crate::evidence::{Cluster, Evidence, Gap, GapReason, Source};
use crate::findings::remediation::{Command, Part, shell};

/// The check.
pub static CHECK: Check = Check {
    code: Code(130),
    name: "cluster/supports-pod-identity",
    area: &super::AREA,
    title: "the cluster's version and place support Pod Identity",
    severity: Severity::Error,
    since: "0.1.0",
    reads: &[Source::Cluster],
    requires: &[&super::same_cluster::CHECK],
    way: Some(Way::PodIdentity),
    strikes: Strikes::PodsOnPodIdentity,
    tells: &[132],
    hints_at: &[133],
    symptoms: &["associations can be made, but no pod of the cluster ever gets its variables"],
    docs: r"## What it checks
That the cluster runs in AWS (not on an Outpost, not merely connected to EKS) and that its
platform version is not below the first one with Pod Identity: eks.13 for 1.24, eks.10 for 1.25,
eks.9 for 1.26, eks.8 for 1.27, eks.4 for 1.28. From 1.29 on every platform version has it; 1.23
and older have none.

## Why it matters
The webhook is part of the platform version. EKS accepts associations for a cluster that is too
old, and nothing happens.

## How to fix
Update the cluster. Where Pod Identity does not exist, give the pods their role in another way,
such as IAM roles for service accounts.

## References
- Amazon EKS user guide, EKS Pod Identity cluster versions:
  https://docs.aws.amazon.com/eks/latest/userguide/pod-identities.html
- Amazon EKS API reference, DescribeCluster, `platformVersion`, `outpostConfig`, `connectorConfig`
",
    evaluate: Evaluate::Pod(evaluate),
    ..Check::DEFAULT
};

/// The first platform version with Pod Identity, for each minor version of Kubernetes 1 that has versions without it.
const FIRST: &[(u32, u32)] = &[(24, 13), (25, 10), (26, 9), (27, 8), (28, 4)];

fn evaluate(evidence: &Evidence) -> Result<Verdict, Gap> {
    let cluster = evidence.described_cluster()?;
    let place = misplaced(cluster);
    if !place.is_empty() {
        return Ok(Verdict::from_findings(place));
    }
    let version = field(cluster.version.as_deref(), "version", minor_of)?;
    let Some(first) = FIRST.iter().find(|(minor, _)| version <= (1, *minor)) else { return Ok(Verdict::Pass) };
    let too_old = |platform: &str| too_old(evidence, cluster, version, platform);
    if version < (1, first.0) {
        return Ok(too_old("any").into());
    }
    let platform = field(cluster.platform_version.as_deref(), "platformVersion", platform_of)?;
    Ok(if platform < first.1 { too_old(&format!("eks.{}", first.1)).into() } else { Verdict::Pass })
}

/// Takes a version apart; a form that is not known here is a gap, never a failure.
fn field<T>(text: Option<&str>, name: &str, read: fn(&str) -> Option<T>) -> Result<T, Gap> {
    let gap = |reason, detail| Gap::new(Source::Cluster, reason, detail);
    let text = text.ok_or_else(|| gap(GapReason::Insufficient, format!("EKS told no {name}")))?;
    read(text).ok_or_else(|| gap(GapReason::Malformed, format!("{name} {text} has a form that is not known here")))
}

/// Reads `1.28`.
fn minor_of(version: &str) -> Option<(u32, u32)> {
    let (major, minor) = version.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

/// Reads `eks.4`.
fn platform_of(version: &str) -> Option<u32> {
    version.strip_prefix("eks.")?.parse().ok()
}

fn misplaced(cluster: &Cluster) -> Vec<Finding> {
    let places = [
        (&cluster.outpost_config, "outpostConfig", "runs on an Outpost"),
        (&cluster.connector_config, "connectorConfig", "is only connected to EKS and runs elsewhere"),
    ];
    let finding = |(_, field, words): (_, &str, &str)| {
        Finding::error(format!("EKS cluster {} {words}, where Pod Identity does not exist", cluster.name))
            .observed(Source::Cluster, field, "set")
            .found(format!("{field} is set"))
            .expected("a cluster that EKS runs in AWS")
            .fix(Remediation::words(
                "give the pods their role in another way, such as IAM roles for service accounts",
                "associations of this cluster have no effect",
            ))
    };
    places.into_iter().filter(|(config, ..)| config.is_some()).map(finding).collect()
}

fn too_old(evidence: &Evidence, cluster: &Cluster, version: (u32, u32), needed: &str) -> Finding {
    let platform = cluster.platform_version.as_deref().unwrap_or("unknown");
    let found = format!("Kubernetes {}.{} with platform version {platform}", version.0, version.1);
    let expected = match needed {
        "any" => "Kubernetes 1.24 with platform version eks.13, or later".to_owned(),
        first => format!("platform version {first} or later for Kubernetes {}.{}", version.0, version.1),
    };
    Finding::error(format!("EKS cluster {} is too old for Pod Identity", cluster.name))
        .observed(Source::Cluster, "version", cluster.version.as_deref().unwrap_or_default())
        .observed(Source::Cluster, "platformVersion", platform)
        .found(found)
        .expected(expected)
        .fix(update(evidence, version))
}

/// EKS updates a cluster by one minor version at a time, to the latest platform version of it.
fn update(evidence: &Evidence, (major, minor): (u32, u32)) -> Remediation {
    let (cluster, region) = (shell(cluster_name(evidence)), region_option(evidence));
    let next = format!("{major}.{}", minor + 1);
    Remediation {
        part: Part::Step,
        does: format!("update the cluster to Kubernetes {next}"),
        command: Command::Aws {
            aws: format!("aws eks update-cluster-version{region} --name {cluster} --kubernetes-version {next}"),
            eksctl: Some(format!("eksctl upgrade cluster{region} --name {cluster} --version {next} --approve")),
            terraform: None,
        },
        changes: "replaces the control plane by one of the next version; it cannot be taken back, and nodes are updated after it".to_owned(),
    }
}
