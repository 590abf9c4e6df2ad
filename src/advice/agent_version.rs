//! The remedy for an old agent: a newer one, through whatever installed it.

use super::agent::is_of_helm;
use super::{cluster_name, region_option};
use crate::evidence::Evidence;
use crate::evidence::kubernetes::pod_identity::AGENT;
use crate::findings::remediation::{Command, Part, Remediation, shell, terraform_string};

/// Updates the agent to the newest version there is for the cluster.
pub fn update(evidence: &Evidence) -> Remediation {
    let set = evidence.agent_daemon_sets.known().and_then(|sets| sets.first());
    let changes = "replaces the agent pods of all nodes, a few at a time".to_owned();
    if evidence.add_on.present().is_none() || set.is_some_and(is_of_helm) {
        return Remediation::words("update the agent in whatever installed it, such as its Helm release", changes);
    }
    let (cluster, region) = (cluster_name(evidence), region_option(evidence));
    let version = evidence.cluster.present().and_then(|cluster| cluster.version.as_deref());
    let fits = version.map(|version| format!(" --kubernetes-version {}", shell(version))).unwrap_or_default();
    // EKS lists the newest version first.
    let newest = format!(
        "\"$(aws eks describe-addon-versions{region} --addon-name {AGENT}{fits} --query 'addons[0].addonVersions[0].addonVersion' --output text)\""
    );
    Remediation {
        part: Part::Step,
        does: "update the add-on to its newest version".to_owned(),
        command: Command::Aws {
            aws: format!(
                "aws eks update-addon{region} --cluster-name {} --addon-name {AGENT} --addon-version {newest} --resolve-conflicts PRESERVE",
                shell(cluster)
            ),
            eksctl: Some(format!(
                "eksctl update addon{region} --cluster {} --name {AGENT} --version latest",
                shell(cluster)
            )),
            terraform: Some(terraform(cluster, version)),
        },
        changes,
    }
}

fn terraform(cluster: &str, version: Option<&str>) -> String {
    let (cluster, agent) = (terraform_string(cluster), terraform_string(AGENT));
    let version = terraform_string(version.unwrap_or("VERSION"));
    format!(
        "data \"aws_eks_addon_version\" \"eks_pod_identity_agent\" {{\n  addon_name         = {agent}\n  kubernetes_version = {version}\n  most_recent        = true\n}}\n\nresource \"aws_eks_addon\" \"eks_pod_identity_agent\" {{\n  cluster_name  = {cluster}\n  addon_name    = {agent}\n  addon_version = data.aws_eks_addon_version.eks_pod_identity_agent.version\n}}"
    )
}
