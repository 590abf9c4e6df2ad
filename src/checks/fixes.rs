//! Remedies that several checks give, each worded once for every `--fix-format`.

use super::remediation::{Command, Remediation, shell, terraform_name, terraform_string};
use crate::evidence::association::AssociationSummary;
use crate::evidence::{Evidence, Owner};
use crate::target::TargetKind;

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
///
/// It belongs behind every other step, because what a pod got at its creation only a new pod gets anew.
pub fn restart(evidence: &Evidence) -> Remediation {
    let namespace = shell(&evidence.target.namespace);
    let name = &evidence.target.name;
    match evidence.workload() {
        _ if evidence.target.kind == TargetKind::ServiceAccount => Remediation::words(
            format!("restart the workloads whose pods use service account {name}"),
            "their pods are replaced; where there are none yet, nothing has to be done",
        ),
        Some(owner) => restart_owner(&namespace, owner, name),
        None if evidence.target.kind.is_workload() => {
            rollout(&namespace, &format!("{}/{}", evidence.target.kind.resource(), shell(name)))
        }
        None if evidence.owner.known().is_none() => Remediation::words(
            "restart the workload that owns the pod",
            "which workload that is could not be read; its pods are replaced",
        ),
        None => recreate_pod(&namespace, name),
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
            format!("deletes pod {pod} — replicaset/{name} makes a new one"),
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
        format!("deletes pod {pod} — nothing makes it again by itself, because no workload owns it"),
    )
}

/// Which role a new association is to name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RoleToName<'a> {
    /// This one, by its ARN.
    Arn(&'a str),
    /// The one that another association names; the list of associations has no roles, so the command asks for it.
    OfAssociation(&'a str),
    /// Nothing suggests one.
    Unknown,
}

/// Stands in a command where no role is known; it fails loudly when pasted.
const UNKNOWN_ROLE: &str = "ROLE_ARN";

/// Creates an association for a service account of the target's namespace.
pub fn create_association(evidence: &Evidence, service_account: &str, role: RoleToName<'_>) -> Remediation {
    let (cluster, region) = (cluster_name(evidence), region_option(evidence));
    let namespace = &evidence.target.namespace;
    let (cluster_word, namespace_word, account_word) = (shell(cluster), shell(namespace), shell(service_account));
    let role_word = role.word(evidence);
    let role_text = if let RoleToName::Arn(arn) = role { arn } else { UNKNOWN_ROLE };
    Remediation {
        does: format!("create the association{}", role.instruction()),
        command: Command::Aws {
            aws: format!(
                "aws eks create-pod-identity-association{region} --cluster-name {cluster_word} --namespace {namespace_word} --service-account {account_word} --role-arn {role_word}"
            ),
            eksctl: Some(format!(
                "eksctl create podidentityassociation{region} --cluster {cluster_word} --namespace {namespace_word} --service-account-name {account_word} --role-arn {role_word}"
            )),
            terraform: Some(association_block(cluster, namespace, service_account, role_text)),
        },
        changes:
            "lets new pods of the service account act as the role; whoever runs it needs iam:PassRole for the role"
                .to_owned(),
    }
}

impl RoleToName<'_> {
    /// What is said about the role behind "create the association".
    fn instruction(self) -> String {
        match self {
            Self::Arn(_) => String::new(),
            Self::OfAssociation(id) => format!(", with the role that association {id} names"),
            Self::Unknown => {
                format!("; put the ARN of its role where {UNKNOWN_ROLE} stands (aws iam list-roles shows them)")
            }
        }
    }

    /// The role as a word of a shell command.
    fn word(self, evidence: &Evidence) -> String {
        match self {
            Self::Arn(arn) => shell(arn),
            Self::Unknown => UNKNOWN_ROLE.to_owned(),
            Self::OfAssociation(id) => format!(
                "\"$(aws eks describe-pod-identity-association{} --cluster-name {} --association-id {} --query association.roleArn --output text)\"",
                region_option(evidence),
                shell(cluster_name(evidence)),
                shell(id)
            ),
        }
    }
}

fn association_block(cluster: &str, namespace: &str, service_account: &str, role: &str) -> String {
    format!(
        "resource \"aws_eks_pod_identity_association\" \"{}\" {{\n  cluster_name    = {}\n  namespace       = {}\n  service_account = {}\n  role_arn        = {}\n}}",
        terraform_name(&format!("{namespace}_{service_account}")),
        terraform_string(cluster),
        terraform_string(namespace),
        terraform_string(service_account),
        terraform_string(role)
    )
}

/// Deletes an association, through the add-on if one owns it.
pub fn delete_association(evidence: &Evidence, row: &AssociationSummary) -> Remediation {
    let who = format!("service account {} in namespace {}", row.service_account, row.namespace);
    let changes = format!("new pods of {who} no longer get the role; credentials that were given live for up to 6 h");
    if let Some(owner) = &row.owner_arn {
        return Remediation::words(
            format!("take the association of {who} out of the add-on that owns it, {owner}"),
            changes,
        );
    }
    let (cluster, region) = (shell(cluster_name(evidence)), region_option(evidence));
    Remediation {
        does: format!("delete the association of {who}"),
        command: Command::Aws {
            aws: format!(
                "aws eks delete-pod-identity-association{region} --cluster-name {cluster} --association-id {}",
                shell(&row.association_id)
            ),
            eksctl: Some(format!(
                "eksctl delete podidentityassociation{region} --cluster {cluster} --namespace {} --service-account-name {}",
                shell(&row.namespace),
                shell(&row.service_account)
            )),
            terraform: None,
        },
        changes,
    }
}

/// Lets the pods of a workload run as another service account.
pub fn use_service_account(evidence: &Evidence, service_account: &str) -> Remediation {
    let does = format!("let the pods run as service account {service_account}");
    let changes =
        format!("replaces the pods by pods with the name and the rights of service account {service_account}");
    let settable = |owner: &&Owner| {
        owner.api_version.starts_with("apps/")
            && matches!(owner.kind.as_str(), "Deployment" | "StatefulSet" | "DaemonSet")
    };
    match evidence.workload().filter(settable) {
        Some(owner) => Remediation::kubectl(
            does,
            format!(
                "kubectl -n {} set serviceaccount {}/{} {}",
                shell(&evidence.target.namespace),
                owner.kind.to_ascii_lowercase(),
                shell(&owner.name),
                shell(service_account)
            ),
            changes,
        ),
        None => Remediation::words(
            format!("{does} by setting spec.serviceAccountName where the pod is written down"),
            changes,
        ),
    }
}
