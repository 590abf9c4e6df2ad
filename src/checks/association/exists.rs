//! Asks whether an association gives the pod's service account a role, and if not, which one was probably meant.
//!
//! It is separate from all that is said about an association once there is one.

use super::missing::{may_be_copied, was_injected};
use super::missing::{names_no_account, newer_account, remedies};
use super::near_misses::{NearMiss, in_namespace, near_misses};
use crate::checks::{AsOf, Check, Code, Evaluate, Finding, Severity, Verdict, cluster};
use crate::evidence::{Associations, Evidence, Gap, Pod, Source};

/// The check.
pub static CHECK: Check = Check {
    code: Code(210),
    name: "association/exists",
    area: &super::AREA,
    title: "an association gives the service account a role",
    severity: Severity::Error,
    decisive: true,
    since: "0.1.0",
    reads: &[Source::Pod, Source::Associations, Source::ServiceAccount],
    requires: &[&cluster::same_cluster::CHECK],
    as_of: AsOf::Now,
    tells: &[1, 4, 5, 7],
    hints_at: &[6],
    is_common: true,
    symptoms: &[
        "Unable to locate credentials",
        "NoCredentialsError",
        "the pod acts as the role of its node",
        "Removing credentials from cache, got non recoverable error",
        "an IAM role must be associated with service account",
        "no EC2 IMDS role found, operation error ec2imds: GetMetadata",
        "Unable to get IAM security credentials from EC2 Instance Metadata Service",
        "annotation 'eks.amazonaws.com/role-arn' not found",
        "Unable to load credentials from any of the providers in the chain",
        "Could not load credentials from any providers",
        "no providers in chain provided credentials",
        "Error retrieving credentials from the instance profile metadata service",
        "unable to sign request without credentials set",
    ],
    docs: r"## What it checks
That the cluster has an association for exactly this namespace and this service account. If there
is none, it looks for the one that was meant: the same name in another namespace, a name one or
two edits away, `default`, a wildcard.

## Why it matters
The webhook adds the variables only to pods whose namespace and service account are associated.
EKS compares names as they are; it knows no wildcards, and it lets you associate what does not
exist. When an association is deleted, running pods keep their variables, and their credentials
run out within 6 hours.

## How to fix
Create the association, or let the pod run as the service account that has one; then restart the
pods.

## References
- Amazon EKS user guide, Assign an IAM role to a Kubernetes service account:
  https://docs.aws.amazon.com/eks/latest/userguide/pod-id-association.html
- aws/amazon-eks-pod-identity-webhook, `pkg/containercredentials/config.go`
",
    evaluate: Evaluate::Pod(evaluate),
    ..Check::DEFAULT
};

fn evaluate(evidence: &Evidence) -> Result<Verdict, Gap> {
    if evidence.associated()?.is_some() {
        return Ok(Verdict::Pass);
    }
    evidence.live_pod()?;
    // It may be on IRSA, and need no association.
    if let Some(gap) = evidence.unread_annotation() {
        return Err(gap.clone());
    }
    let list = evidence.associations.get()?;
    let service_account = evidence.service_account_name()?;
    let near = near_misses(list, &evidence.target.namespace, service_account);
    let start = Finding::new(severity(evidence), message(evidence, list, service_account, near.first()))
        .found(found(evidence, list, &near))
        .expected(format!(
            "an association for service account {service_account} in namespace {}",
            evidence.target.namespace
        ));
    let start = match evidence.pod.present() {
        Some(_) => start.observed(Source::Pod, "spec.serviceAccountName", service_account),
        None => start,
    };
    let finding = near
        .iter()
        .fold(start, |finding, one| finding.observed(Source::Associations, &one.row.association_id, one.whom()));
    Ok(finding.fixes(remedies(evidence, list, service_account, &near)).into())
}

/// What was deleted behind a pod that has done its work is missing to the next one only.
fn severity(evidence: &Evidence) -> Severity {
    let pod = evidence.live_pod().ok().flatten();
    let is_done = pod.is_some_and(|pod| pod.status.phase.as_deref() == Some("Succeeded"));
    if is_done && was_injected(evidence) { Severity::Warning } else { Severity::Error }
}

fn message(evidence: &Evidence, list: &Associations, service_account: &str, near: Option<&NearMiss<'_>>) -> String {
    let who = format!("service account {service_account} in namespace {}", evidence.target.namespace);
    if was_injected(evidence) {
        let until = if has_ended(evidence) { "" } else { ", and its credentials expire within 6 h of that" };
        return format!("the association of {who} was deleted after the pod was created{until}");
    }
    let unnamed = if names_no_account(evidence) { "the pod's template names no service account, and " } else { "" };
    let base = format!("{unnamed}no association gives {who} a role");
    let newer = newer_account(evidence).filter(|name| list.of(&evidence.target.namespace, name).is_some());
    if let Some(name) = newer {
        return format!("{base}; the pod template names service account {name} by now, which has one");
    }
    match near {
        Some(near) => format!("{base}; {}", near.hint()),
        None if may_be_copied(evidence) => {
            format!("{base}; the association was deleted, or the variables were copied with the manifest")
        }
        None => base,
    }
}

fn has_ended(evidence: &Evidence) -> bool {
    evidence.live_pod().ok().flatten().is_some_and(Pod::has_ended)
}

fn found(evidence: &Evidence, list: &Associations, near: &[NearMiss<'_>]) -> String {
    let namespace = &evidence.target.namespace;
    let own: Vec<&str> = in_namespace(list, namespace).take(5).collect();
    if !near.is_empty() {
        near.iter()
            .map(|one| format!("association {} {}", one.row.association_id, one.whom()))
            .collect::<Vec<_>>()
            .join(" and ")
    } else if !own.is_empty() {
        format!("associations in namespace {namespace} for {}", own.join(", "))
    } else if list.all_namespaces {
        format!("none among the {} associations of the cluster", list.associations.len())
    } else {
        format!("none in namespace {namespace}")
    }
}
