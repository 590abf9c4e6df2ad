//! Remedies that several checks give, each worded once for every `--fix-format`.

use super::remediation::{Command, Remediation, shell, terraform_name, terraform_string};
use crate::evidence::{Evidence, Owner};

/// Stands in a command where a real name is not known; it fails loudly when pasted.
const UNKNOWN_CLUSTER: &str = "CLUSTER";

/// The name of the EKS cluster for a command.
pub fn cluster_name(evidence: &Evidence) -> &str {
    evidence.cluster_name().unwrap_or(UNKNOWN_CLUSTER)
}

/// The `--region …` that a command needs to mean the same cluster anywhere; empty where the region is not known.
pub fn region_option(evidence: &Evidence) -> String {
    let region = evidence.context.region.as_ref().map(|region| region.value.as_str());
    region.map(|region| format!(" --region {}", shell(region))).unwrap_or_default()
}

/// Restarts what owns the pod, in the way that this owner is restarted (`checks.md`, general rule 9).
pub fn restart(evidence: &Evidence) -> Remediation {
    let namespace = shell(&evidence.target.namespace);
    match evidence.workload() {
        Some(owner) => restart_owner(&namespace, owner, &evidence.target.name),
        None if evidence.target.kind.is_workload() => {
            let resource = format!("{}/{}", evidence.target.kind.resource(), evidence.target.name);
            rollout(&namespace, &resource)
        }
        None if evidence.owner.known().is_none() => Remediation::words(
            "restart the workload that owns the pod",
            "which workload that is could not be read; its pods are replaced",
        ),
        None => recreate_pod(&namespace, &evidence.target.name),
    }
}

fn restart_owner(namespace: &str, owner: &Owner, pod: &str) -> Remediation {
    let name = shell(&owner.name);
    match owner.kind.as_str() {
        "Deployment" | "StatefulSet" | "DaemonSet" if owner.api_version.starts_with("apps/") => {
            rollout(namespace, &format!("{}/{name}", owner.kind.to_ascii_lowercase()))
        }
        "ReplicaSet" if owner.api_version.starts_with("apps/") => Remediation::kubectl(
            "delete the pod, so that the replica set makes a new one",
            format!("kubectl -n {namespace} delete pod {}", shell(pod)),
            format!("deletes pod {pod}; replicaset/{name} makes a new one"),
        ),
        "Job" => Remediation::kubectl(
            "delete the job and create it again from its manifest",
            format!("kubectl -n {namespace} delete job {name}"),
            format!("deletes job/{name} with its pods; nothing makes it again by itself"),
        ),
        "CronJob" => Remediation::kubectl(
            "run the cron job once more, or wait for its next run",
            format!("kubectl -n {namespace} create job --from=cronjob/{name} {name}-again"),
            format!("makes one more job of cronjob/{name}"),
        ),
        kind => Remediation::words(
            format!("restart {kind} {} its own way", owner.name),
            format!("its pods are made by {kind} {}, which kubectl rollout does not know", owner.name),
        ),
    }
}

fn rollout(namespace: &str, resource: &str) -> Remediation {
    Remediation::kubectl(
        "restart the workload",
        format!("kubectl -n {namespace} rollout restart {resource}"),
        format!("replaces every pod of {resource}"),
    )
}

fn recreate_pod(namespace: &str, pod: &str) -> Remediation {
    let pod = shell(pod);
    Remediation::kubectl(
        "delete the pod and create it again from its manifest",
        format!("kubectl -n {namespace} delete pod {pod}"),
        format!("deletes pod {pod}; nothing makes it again by itself, because no workload owns it"),
    )
}

/// Creates an association; the role is a placeholder unless it is known.
pub fn create_association(evidence: &Evidence, service_account: &str, role_arn: Option<&str>) -> Remediation {
    let cluster = cluster_name(evidence);
    let namespace = &evidence.target.namespace;
    let role = role_arn.unwrap_or("ROLE_ARN");
    let region = region_option(evidence);
    let (cluster_word, namespace_word, account_word) = (shell(cluster), shell(namespace), shell(service_account));
    let resource = terraform_name(&format!("{namespace}_{service_account}"));
    Remediation {
        does: "create the association".to_owned(),
        command: Command::Aws {
            aws: format!(
                "aws eks create-pod-identity-association{region} --cluster-name {cluster_word} --namespace {namespace_word} --service-account {account_word} --role-arn {}",
                shell(role)
            ),
            eksctl: Some(format!(
                "eksctl create podidentityassociation{region} --cluster {cluster_word} --namespace {namespace_word} --service-account-name {account_word} --role-arn {}",
                shell(role)
            )),
            terraform: Some(format!(
                "resource \"aws_eks_pod_identity_association\" \"{resource}\" {{\n  cluster_name    = {}\n  namespace       = {}\n  service_account = {}\n  role_arn        = {}\n}}",
                terraform_string(cluster),
                terraform_string(namespace),
                terraform_string(service_account),
                terraform_string(role)
            )),
        },
        changes:
            "lets new pods of the service account act as the role; whoever runs it needs iam:PassRole for the role"
                .to_owned(),
    }
}
