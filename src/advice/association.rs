//! Remedies that make, change and delete associations, through the add-on where one owns it.

use super::template::{cluster_name, region_option};
use crate::evidence::aws::association::AssociationSummary;
use crate::evidence::{Association, Evidence, Owner};
use crate::findings::remediation::{Command, Part, Remediation, shell, terraform_name, terraform_string};

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
        part: Part::Step,
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
        changes: "new pods of the account act as the role; needs iam:PassRole for it".to_owned(),
    }
}

impl RoleToName<'_> {
    /// What is said about the role behind "create the association".
    fn instruction(self) -> String {
        match self {
            Self::Arn(_) => String::new(),
            Self::OfAssociation(id) => format!(" with the role of {id}"),
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

/// Lets an add-on give its service account a role through Pod Identity in the place of IRSA; `account` is the service account with the ARN of
/// its role, `others` what the add-on has associations for already.
pub fn move_add_on(evidence: &Evidence, add_on: &str, account: (&str, &str), others: &[(&str, &str)]) -> Remediation {
    let (cluster, region) = (shell(cluster_name(evidence)), region_option(evidence));
    let all: Vec<(&str, &str)> =
        std::iter::once(account).chain(others.iter().copied().filter(|one| one.0 != account.0)).collect();
    let words: Vec<String> =
        all.iter().map(|(name, role)| shell(&format!("serviceAccount={name},roleArn={role}"))).collect();
    let block = |(name, role): &(&str, &str)| {
        let (name, role) = (terraform_string(name), terraform_string(role));
        format!("pod_identity_association {{\n  service_account = {name}\n  role_arn        = {role}\n}}")
    };
    let blocks: Vec<String> = all.iter().map(block).collect();
    Remediation {
        part: Part::Step,
        does: format!("let add-on {add_on} create the association"),
        command: Command::Aws {
            aws: format!(
                "aws eks update-addon{region} --cluster-name {cluster} --addon-name {} --pod-identity-associations {}",
                shell(add_on),
                words.join(" ")
            ),
            eksctl: None,
            terraform: Some(format!(
                "# in the aws_eks_addon of {add_on}, in the place of service_account_role_arn\n{}",
                blocks.join("\n")
            )),
        },
        changes: "EKS updates the add-on, which replaces its pods; needs iam:PassRole for the role".to_owned(),
    }
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
        part: Part::Step,
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

/// Lets a role of the cluster's account stand in front of the role that the association names.
pub fn chain_to(evidence: &Evidence, association: &Association) -> Remediation {
    let target = &association.role_arn;
    let does = format!(
        "put the ARN of a role of the cluster's account where {UNKNOWN_ROLE} stands, and keep {target} as target role"
    );
    let changes = "pods then get the target role through the first one, which must be allowed to assume it; whoever runs it needs iam:PassRole for the first role";
    if let Some(owner) = &association.owner_arn {
        return Remediation::words(format!("{does}, in the add-on that owns the association, {owner}"), changes);
    }
    Remediation {
        part: Part::Step,
        does,
        command: Command::Aws {
            aws: format!(
                "aws eks update-pod-identity-association{} --cluster-name {} --association-id {} --role-arn {UNKNOWN_ROLE} --target-role-arn {}",
                region_option(evidence),
                shell(cluster_name(evidence)),
                shell(&association.association_id),
                shell(target)
            ),
            eksctl: None,
            terraform: Some(format!("  role_arn        = \"{UNKNOWN_ROLE}\"\n  target_role_arn = \"{target}\"")),
        },
        changes: changes.to_owned(),
    }
}
