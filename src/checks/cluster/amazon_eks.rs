//! Asks whether the cluster is one of Amazon EKS at all.
//!
//! It is separate from the question which EKS cluster it is: here only three hints together are evidence, because each of
//! them alone has harmless reasons (a wrong name, a proxy that answers `/version`, a node that someone joined by hand).

use crate::checks::{Check, Code, Evaluate, Finding, Remediation, Severity, Verdict};
use crate::evidence::{Evidence, Gap, GapReason, Node, Source};
use crate::reasoning::cluster::EKS_VERSION;

/// The check.
pub static CHECK: Check = Check {
    code: Code(110),
    name: "cluster/amazon-eks",
    area: &super::AREA,
    title: "the API server belongs to an Amazon EKS cluster",
    severity: Severity::Error,
    since: "0.1.0",
    reads: &[Source::Cluster, Source::CallerIdentity, Source::Version, Source::Node],
    tells: &[133],
    symptoms: &[
        "An error occurred (ResourceNotFoundException) when calling the DescribeCluster operation: No cluster found for name",
    ],
    docs: r"## What it checks
That at least one thing speaks for Amazon EKS: EKS knows the cluster, `/version` carries `-eks-`,
or the pod's node has a label `eks.amazonaws.com/…`. It fails only if all three were looked at, in
the right account and region, and none of them does.

## Why it matters
The webhook that injects the variables and the service that answers the agent are parts of EKS. On
Kubernetes of any other kind, EKS Anywhere included, nothing gives a pod credentials through Pod
Identity.

## How to fix
If it is an EKS cluster, name it with `--eks-cluster` and `--region`. If it is not, give the pods
their role in another way, such as IAM roles for service accounts with an identity provider of
your own.

## References
- Amazon EKS user guide, EKS Pod Identity restrictions:
  https://docs.aws.amazon.com/eks/latest/userguide/pod-identities.html
- Amazon EKS API reference, DescribeCluster
",
    evaluate: Evaluate::Pod(evaluate),
    ..Check::DEFAULT
};

fn evaluate(evidence: &Evidence) -> Result<Verdict, Gap> {
    let described = evidence.described_cluster().is_ok();
    let versioned = evidence.version.known().is_some_and(|version| version.git_version.contains(EKS_VERSION));
    if described || versioned || evidence.node.present().is_some_and(Node::has_eks_label) {
        return Ok(Verdict::Pass);
    }
    evidence.cluster.get().map_err(|gap| with_version(gap, evidence))?;
    evidence.is_this_cluster(Source::Cluster)?;
    if evidence.context.account.is_some() {
        evidence.caller_identity.get()?;
    }
    let version = evidence.version.get()?.git_version.as_str();
    if version.is_empty() {
        return Err(Gap::new(Source::Version, GapReason::Malformed, "the API server says no version"));
    }
    let no_node = || Gap::new(Source::Node, GapReason::Insufficient, "there is no node to look at");
    let node = evidence.node.get()?.as_ref().ok_or_else(no_node)?;
    Ok(Finding::error("the API server does not belong to an Amazon EKS cluster")
        .observed(Source::Cluster, "cluster", evidence.where_not_found())
        .observed(Source::Version, "gitVersion", version)
        .observed(Source::Node, "metadata.labels", format!("no eks.amazonaws.com/… on node {}", node.metadata.name))
        .found(format!("Kubernetes {version}, unknown to EKS"))
        .expected(format!("a cluster that EKS knows, with {EKS_VERSION} in its version"))
        .fix(Remediation::words(
            "if it is an EKS cluster, name it with --eks-cluster and --region",
            "nothing in the cluster; only which EKS cluster is asked about",
        ))
        .fix(Remediation::words(
            "if it is not, give the pods their role in another way, such as IAM roles for service accounts",
            "Pod Identity exists on Amazon EKS only",
        ))
        .into())
}

/// A version without the mark proves nothing alone, but it tells a person where to look.
fn with_version(mut gap: Gap, evidence: &Evidence) -> Gap {
    if let Some(version) = evidence.version.known().filter(|version| !version.git_version.is_empty()) {
        gap.detail = format!("{}; version {} does not look like Amazon EKS either", gap.detail, version.git_version);
    }
    gap
}
