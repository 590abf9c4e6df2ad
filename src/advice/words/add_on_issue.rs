//! The issue codes of EKS add-ons (`AddonIssue` in the EKS API), in words and with remedies.

use crate::advice::agent::overwrite;
use crate::advice::{cluster_name, region_option};
use crate::evidence::Evidence;
use crate::evidence::kubernetes::pod_identity::AGENT;
use crate::findings::remediation::{Remediation, shell};

/// An issue code as a phrase.
pub fn phrase(code: &str) -> String {
    match code {
        "InsufficientNumberOfReplicas" => "some agent pods are not ready".to_owned(),
        "ConfigurationConflict" => "others changed or installed its objects".to_owned(),
        "AdmissionRequestDenied" => "an admission webhook or policy refuses its objects".to_owned(),
        "AccessDenied" => "EKS may not make its objects in the cluster".to_owned(),
        "K8sResourceNotFound" => "one of its objects was deleted".to_owned(),
        "UnsupportedAddonModification" => {
            "one of its objects was changed in a way that EKS does not support".to_owned()
        }
        "AddonPermissionFailure" => "the role for its permissions does not work".to_owned(),
        "ClusterUnreachable" => "EKS does not reach the API server".to_owned(),
        "InternalFailure" => "EKS had a failure of its own".to_owned(),
        other => other.to_owned(),
    }
}

/// What a person can do about an issue.
pub fn remedies(evidence: &Evidence, code: &str) -> Vec<Remediation> {
    match code {
        "InsufficientNumberOfReplicas" => vec![pods(evidence)],
        "ConfigurationConflict" | "K8sResourceNotFound" | "UnsupportedAddonModification" => vec![overwrite(evidence)],
        "AdmissionRequestDenied" => vec![Remediation::words(
            format!("exempt daemon set {AGENT} from the policy that the message names"),
            "the agent is privileged in its init container and uses the host's network, which such policies refuse",
        )],
        "AccessDenied" => vec![Remediation::words(
            "give EKS its own access back: the ClusterRole and ClusterRoleBinding that the message names",
            "EKS can then update the add-on again",
        )],
        _ => vec![look(evidence)],
    }
}

/// Shows what EKS says about the add-on.
pub fn look(evidence: &Evidence) -> Remediation {
    let (cluster, region) = (shell(cluster_name(evidence)), region_option(evidence));
    Remediation::kubectl(
        "see what EKS says about the add-on",
        format!("aws eks describe-addon{region} --cluster-name {cluster} --addon-name {AGENT} --query addon.health"),
        "changes nothing",
    )
}

/// Shows the agent pods of all nodes.
fn pods(evidence: &Evidence) -> Remediation {
    let namespace = shell(evidence.agent_namespace());
    Remediation::kubectl(
        "look for agent pods that are not ready; if all are, EKS reports a problem that is not there",
        format!("kubectl -n {namespace} get pods -l app.kubernetes.io/instance={AGENT} -o wide"),
        "changes nothing",
    )
}
