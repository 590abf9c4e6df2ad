//! Remedies for an agent that is told the wrong cluster, region or address, worded for what installed it.

use super::agent::{configure, overwrite};
use crate::evidence::kubernetes::pod_identity::AGENT;
use crate::evidence::source::SYSTEM_NAMESPACE;
use crate::evidence::{AgentDaemonSet, Evidence};
use crate::findings::remediation::{Remediation, shell};

/// Tells the agent its cluster.
pub fn cluster_name(evidence: &Evidence, name: &str) -> Vec<Remediation> {
    let json = serde_json::json!({ "clusterName": name }).to_string();
    through_installer(evidence, "tell the agent its cluster", &json, || {
        vec![Remediation::words(
            format!("set --cluster-name to {name} in the daemon set of the agent, in whatever installed it"),
            "replaces the agent pods of all nodes, a few at a time",
        )]
    })
}

/// Tells the agent its region.
pub fn region(evidence: &Evidence, region: &str) -> Vec<Remediation> {
    let json = serde_json::json!({ "env": { "AWS_REGION": region } }).to_string();
    let set = daemon_set(evidence);
    let (namespace, name) = set.map_or((SYSTEM_NAMESPACE, AGENT), |set| (&set.metadata.namespace, &set.metadata.name));
    through_installer(evidence, "tell the agent its region", &json, || {
        vec![Remediation::kubectl(
            "tell the agent its region",
            format!("kubectl -n {} set env daemonset/{} AWS_REGION={}", shell(namespace), shell(name), shell(region)),
            "replaces the agent pods of all nodes, a few at a time",
        )]
    })
}

/// Lets the agent listen on both addresses, as shipped.
pub fn listen_on_both(evidence: &Evidence) -> Vec<Remediation> {
    configure(
        evidence,
        daemon_set(evidence),
        "let the agent listen on both addresses: take -b and --bind-hosts out of additionalArgs",
        r#"{"agent":{"additionalArgs":{}}}"#,
    )
}

/// Helm has values, the add-on knows cluster and region by itself, anything else is changed where it was made.
fn through_installer(
    evidence: &Evidence,
    does: &str,
    json: &str,
    otherwise: impl Fn() -> Vec<Remediation>,
) -> Vec<Remediation> {
    let set = daemon_set(evidence);
    if set.is_some_and(super::agent::is_of_helm) {
        configure(evidence, set, does, json)
    } else if evidence.add_on.present().is_some() {
        vec![overwrite(evidence)]
    } else {
        otherwise()
    }
}

/// The daemon set that made the agent on the node, or the first one.
pub fn daemon_set(evidence: &Evidence) -> Option<&AgentDaemonSet> {
    let sets = evidence.agent_daemon_sets.known()?;
    let owner = evidence.agent_pods.known().and_then(|pods| pods.first()?.metadata.controller());
    owner.and_then(|owner| sets.iter().find(|set| set.metadata.name == owner.name)).or_else(|| of_kind(evidence, sets))
}

/// The daemon set for nodes of the pod's kind, else the first one.
fn of_kind<'e>(evidence: &Evidence, sets: &'e [AgentDaemonSet]) -> Option<&'e AgentDaemonSet> {
    let compute = evidence.compute().ok();
    let suits = |set: &&AgentDaemonSet| compute.is_some_and(|compute| set.is_for(compute, evidence.node.present()));
    sets.iter().find(suits).or_else(|| sets.first())
}
