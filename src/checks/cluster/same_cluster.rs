//! Asks whether the EKS cluster that was looked up is the one that kubectl talks to.
//!
//! It is separate and first in line because everything read from AWS is about a name: if that name means another cluster,
//! each answer is true and none of them is about this pod.

use crate::checks::{Check, Code, Evaluate, Severity, Verdict};
use crate::evidence::{Cluster, Evidence, Gap, GapReason, Source};

/// The check.
pub static CHECK: Check = Check {
    code: Code(120),
    name: "cluster/same-cluster",
    area: &super::AREA,
    title: "the EKS cluster that was looked up is the one kubectl talks to",
    severity: Severity::Error,
    decisive: true,
    since: "0.1.0",
    reads: &[Source::Cluster, Source::RootCertificates],
    tells: &[6],
    symptoms: &["the association is there, but no pod ever gets its variables"],
    docs: r"## What it checks
That the certificate authority that EKS tells for the cluster is the one in ConfigMap
`kube-root-ca.crt` of the pod's namespace. Certificates are compared, not text. The ConfigMap is
the same through every proxy, so a proxy with a certificate of its own does no harm. Where the
ConfigMap cannot be read, the same host or the same certificate authority in the kubeconfig is
enough.

## Why it matters
EKS is asked by cluster name. Two clusters may have the same name in two regions or accounts, and
a kubeconfig context may have been given any name. Associations of another cluster say nothing
about this pod: it stays open, and no command is printed, whether the name was guessed or given.

## How to fix
Name the right cluster with `--eks-cluster`, `--region` and `--aws-profile`, or choose the right
context with `--context`.

## References
- Amazon EKS API reference, DescribeCluster, `certificateAuthority`
- Kubernetes documentation, `kube-root-ca.crt`:
  https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/
",
    evaluate: Evaluate::Pod(evaluate),
    ..Check::DEFAULT
};

fn evaluate(evidence: &Evidence) -> Result<Verdict, Gap> {
    let cluster = evidence.described_cluster()?;
    match evidence.same_authority() {
        Some(true) => Ok(Verdict::Pass),
        Some(false) if evidence.has_host_of(cluster) => Err(Gap::new(
            Source::RootCertificates,
            GapReason::Insufficient,
            "kubectl asks the endpoint that EKS tells, and ConfigMap kube-root-ca.crt holds another certificate authority",
        )),
        // The engine has said so before: nothing is judged then.
        Some(false) => Err(evidence.another_cluster().unwrap_or_else(|| why_not(evidence, cluster))),
        None if evidence.is_proven(cluster) => Ok(Verdict::Pass),
        None => Err(why_not(evidence, cluster)),
    }
}

/// What stood in the way of comparing certificates.
fn why_not(evidence: &Evidence, cluster: &Cluster) -> Gap {
    if cluster.authority().is_empty() {
        return Gap::new(
            Source::Cluster,
            GapReason::Insufficient,
            "EKS told no certificate authority that can be read",
        );
    }
    let unusable = match evidence.root_certificates.known() {
        Some(None) => (GapReason::Insufficient, "ConfigMap kube-root-ca.crt does not exist"),
        _ => (GapReason::Malformed, "ConfigMap kube-root-ca.crt holds no certificate that can be read"),
    };
    let unusable = || Gap::new(Source::RootCertificates, unusable.0, unusable.1);
    evidence.root_certificates.gap().cloned().unwrap_or_else(unusable)
}
