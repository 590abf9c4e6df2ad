//! Asks whether EKS itself reports a problem with the cluster.
//!
//! It is separate from what the cluster is, because a cluster that is not well may still serve pods that are there.

use crate::advice::{cluster_name, region_option};
use crate::checks::{Check, Code, Evaluate, Finding, Remediation, Severity, Verdict};
use crate::evidence::{Evidence, Gap, GapReason, Source};
use crate::findings::remediation::shell;

/// The check.
pub static CHECK: Check = Check {
    code: Code(140),
    name: "cluster/healthy",
    area: &super::AREA,
    title: "EKS reports no problem with the cluster",
    severity: Severity::Warning,
    since: "0.1.0",
    reads: &[Source::Cluster],
    requires: &[&super::same_cluster::CHECK],
    symptoms: &["Ec2SubnetNotFound", "IamRoleNotFound", "KmsKeyDisabled", "ClusterUnreachable"],
    docs: r"## What it checks
That EKS gives the cluster the status `ACTIVE` or `UPDATING` and lists no health issue.

## Why it matters
The webhook runs in the control plane, and EKS Auth asks the cluster about its tokens. A cluster
with a health issue may do neither for long, and is not updated.

## How to fix
Each issue names what it is about; EKS documents a remedy for each code.

## References
- Amazon EKS user guide, Cluster health FAQs and error codes
- Amazon EKS API reference, ClusterIssue
",
    evaluate: Evaluate::Pod(evaluate),
    ..Check::DEFAULT
};

fn evaluate(evidence: &Evidence) -> Result<Verdict, Gap> {
    let cluster = evidence.described_cluster()?;
    let issues = cluster.health.as_ref().map_or(&[][..], |health| &health.issues);
    let mut findings: Vec<Finding> = issues
        .iter()
        .map(|issue| {
            let about = if issue.resource_ids.is_empty() {
                String::new()
            } else {
                format!(" about {}", issue.resource_ids.join(", "))
            };
            let mut finding = Finding::warning(format!("EKS reports {} for the cluster", issue.code))
                .observed(Source::Cluster, "health.issues.code", &issue.code)
                .found(format!("{}{about}", issue.code))
                .expected("no issue");
            if let Some(message) = &issue.message {
                finding = finding.observed(Source::Cluster, "health.issues.message", message);
            }
            finding.fix(look(evidence))
        })
        .collect();
    match cluster.status.as_deref() {
        Some("ACTIVE" | "UPDATING") => {}
        Some(status) => findings.push(
            Finding::warning(format!("EKS reports the cluster as {status}"))
                .observed(Source::Cluster, "status", status)
                .found(status)
                .expected("ACTIVE")
                .fix(look(evidence)),
        ),
        None if findings.is_empty() => {
            return Err(Gap::new(Source::Cluster, GapReason::Insufficient, "the answer has no status"));
        }
        None => {}
    }
    Ok(Verdict::from_findings(findings))
}

fn look(evidence: &Evidence) -> Remediation {
    Remediation::kubectl(
        "see what EKS says about the cluster",
        format!(
            "aws eks describe-cluster{} --name {} --query cluster.health",
            region_option(evidence),
            shell(cluster_name(evidence))
        ),
        "changes nothing",
    )
}
