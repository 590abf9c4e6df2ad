//! Remedies about the agent: its add-on, its configuration, its log; each worded once for every `--fix-format`.

use super::{cluster_name, region_option};
use crate::evidence::kubernetes::pod_identity::AGENT;
use crate::evidence::source::SYSTEM_NAMESPACE;
use crate::evidence::{AgentDaemonSet, AgentPod, Evidence};
use crate::findings::remediation::{Command, Part, Remediation, shell, terraform_string};

/// The annotation that Helm sets on what it installs; the chart's label says "Helm" for add-ons too.
const HELM_RELEASE: &str = "meta.helm.sh/release-name";

/// The node affinity that the daemon set for EC2 nodes is shipped with (`values.yaml` of the agent's chart).
pub const AFFINITY: &str = r#"{"affinity":{"nodeAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":{"nodeSelectorTerms":[{"matchExpressions":[{"key":"kubernetes.io/os","operator":"In","values":["linux"]},{"key":"kubernetes.io/arch","operator":"In","values":["amd64","arm64"]},{"key":"eks.amazonaws.com/compute-type","operator":"NotIn","values":["fargate","hybrid","auto"]}]}]}}}}"#;

/// Installs the agent as an add-on, with configuration values where the nodes need them.
pub fn install(evidence: &Evidence, configuration: Option<&str>) -> Remediation {
    let (cluster, region) = (cluster_name(evidence), region_option(evidence));
    let values = configuration.map(|json| format!(" --configuration-values {}", shell(json))).unwrap_or_default();
    let eksctl = format!("eksctl create addon{region} --cluster {} --name {AGENT}", shell(cluster));
    Remediation {
        part: Part::Step,
        does: "install the agent as an EKS add-on".to_owned(),
        command: Command::Aws {
            aws: format!(
                "aws eks create-addon{region} --cluster-name {} --addon-name {AGENT}{values}",
                shell(cluster)
            ),
            // eksctl takes configuration values from a file only.
            eksctl: configuration.is_none().then_some(eksctl),
            terraform: Some(add_on_block(cluster, configuration, None)),
        },
        changes: "runs an agent pod on every node of the kind that it is for; pods that already wait for credentials get them at their next attempt".to_owned(),
    }
}

/// Whether Helm installed a daemon set.
pub fn is_of_helm(set: &AgentDaemonSet) -> bool {
    set.metadata.annotations.contains_key(HELM_RELEASE)
}

/// Sets configuration values, through whatever installed the daemon set.
///
/// EKS replaces all configuration values by the new ones; the ones that are there are not read, because they may hold
/// secrets, so a person has to carry them over.
pub fn configure(evidence: &Evidence, set: Option<&AgentDaemonSet>, does: &str, json: &str) -> Vec<Remediation> {
    if let Some(release) = set.and_then(|set| set.metadata.annotations.get(HELM_RELEASE)) {
        let namespace = set.map_or(SYSTEM_NAMESPACE, |set| set.metadata.namespace.as_str());
        return vec![Remediation::kubectl(
            format!("{does}: set {json} in the values of Helm release {release} and upgrade it"),
            format!("helm -n {} get values {}", shell(namespace), shell(release)),
            format!("prints the values of release {release}; it changes nothing by itself"),
        )];
    }
    let (cluster, region) = (cluster_name(evidence), region_option(evidence));
    vec![Remediation {
        part: Part::Step,
        does: does.to_owned(),
        command: Command::Aws {
            aws: format!(
                "aws eks update-addon{region} --cluster-name {} --addon-name {AGENT} --configuration-values {} --resolve-conflicts PRESERVE",
                shell(cluster),
                shell(json)
            ),
            eksctl: None,
            terraform: Some(add_on_block(cluster, Some(json), None)),
        },
        changes: "replaces the add-on's configurationValues: include those that aws eks describe-addon shows; agent pods are replaced a few at a time".to_owned(),
    }]
}

/// Lets the add-on take its objects back.
pub fn overwrite(evidence: &Evidence) -> Remediation {
    let (cluster, region) = (cluster_name(evidence), region_option(evidence));
    Remediation {
        part: Part::Step,
        does: "let the add-on write its objects again".to_owned(),
        command: Command::Aws {
            aws: format!(
                "aws eks update-addon{region} --cluster-name {} --addon-name {AGENT} --resolve-conflicts OVERWRITE",
                shell(cluster)
            ),
            eksctl: Some(format!("eksctl update addon{region} --cluster {} --name {AGENT} --force", shell(cluster))),
            terraform: Some(add_on_block(cluster, None, Some("OVERWRITE"))),
        },
        changes: "overwrites what others changed in the objects of the add-on, also a Helm installation of the agent; agent pods are replaced a few at a time".to_owned(),
    }
}

/// Shows what a container of an agent pod wrote before it ended.
pub fn read_log(pod: &AgentPod, container: &str, previous: bool) -> Remediation {
    let previous = if previous { " --previous" } else { "" };
    Remediation::kubectl(
        "read the agent's log",
        format!(
            "kubectl -n {} logs {} -c {}{previous}",
            shell(&pod.metadata.namespace),
            shell(&pod.metadata.name),
            shell(container)
        ),
        "changes nothing",
    )
}

/// Shows the events of an agent pod.
pub fn describe(pod: &AgentPod) -> Remediation {
    Remediation::kubectl(
        "see the events of the agent pod",
        format!("kubectl -n {} describe pod {}", shell(&pod.metadata.namespace), shell(&pod.metadata.name)),
        "changes nothing",
    )
}

fn add_on_block(cluster: &str, configuration: Option<&str>, conflicts: Option<&str>) -> String {
    let mut lines = vec![("cluster_name", terraform_string(cluster)), ("addon_name", terraform_string(AGENT))];
    lines.extend(configuration.map(|json| ("configuration_values", terraform_string(json))));
    lines.extend(conflicts.map(|how| ("resolve_conflicts_on_update", terraform_string(how))));
    let width = lines.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
    let lines: Vec<String> = lines.iter().map(|(name, value)| format!("  {name:width$} = {value}\n")).collect();
    format!("resource \"aws_eks_addon\" \"eks_pod_identity_agent\" {{\n{}}}", lines.concat())
}
