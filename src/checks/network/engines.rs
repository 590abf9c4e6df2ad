//! What the checks of network policies share: where policies are enforced, and how sure a refusal is.

use crate::checks::Finding;
use crate::evidence::kubernetes::network_engine::{Engine, NetworkDaemonSet};
use crate::evidence::kubernetes::node::Compute;
use crate::evidence::{Evidence, Gap, Pod, Source};
use crate::reasoning::agent::configuration;
use crate::reasoning::network::egress::{Destination, only_one_namespace};

/// Why policies mean nothing for a pod, if they do not.
pub fn out_of_reach(evidence: &Evidence, pod: &Pod) -> Option<&'static str> {
    if pod.spec.host_network {
        return Some("network policies do not apply to pods on the host's network");
    }
    match evidence.compute() {
        Ok(Compute::Fargate | Compute::Windows) => Some("no agent exists for this kind of node"),
        _ => None,
    }
}

/// Where the pod has to get to.
pub fn agent(evidence: &Evidence, in_ranges: bool) -> Result<Destination, Gap> {
    Ok(Destination { address: evidence.agent_address()?, port: configuration::PORT, in_ranges })
}

/// Whether Cilium, and nothing else, enforces policies where the pod is.
pub fn is_cilium_alone(networks: &[&NetworkDaemonSet]) -> bool {
    let mut enforcing = networks.iter().filter(|set| set.enforces()).peekable();
    enforcing.peek().is_some() && enforcing.all(|set| set.engine() == Some(Engine::Cilium))
}

/// Whether it is known that nothing enforces policies where the pod is.
pub fn nothing_enforces(evidence: &Evidence, networks: &[&NetworkDaemonSet]) -> Result<bool, Gap> {
    if networks.iter().any(|set| set.enforces()) {
        return Ok(false);
    }
    if evidence.node_name().is_some() && evidence.compute()? == Compute::Auto {
        let detail = "policies do not let the pod reach the agent, and whether the Auto Mode node enforces them is not seen: \
                      ConfigMap amazon-vpc-cni in kube-system says it";
        return Err(Gap::undecidable(Source::NetworkEngines, detail));
    }
    if evidence.network_engines.get()?.everywhere { Ok(true) } else { Err(only_one_namespace()) }
}

/// A refusal is sure only where the log proves that the pod never came through, or a look from the pod that it does not.
///
/// What is configured decides, and silence only does not contradict it. Where an engine has more policies than those that are
/// read, the silence has to be one of a pod that fails: an idle one is as silent.
pub fn as_sure_as_was_seen(evidence: &Evidence, finding: Finding, all_policies_are_read: bool) -> Finding {
    if all_policies_are_read && evidence.has_surely_not_asked() || evidence.fails_without_having_asked() {
        finding.observed(evidence.log_source(), "requests of the pod", "0")
    } else if evidence.is_cut_off() {
        finding.observed(Source::Probe, "connections of the pod to the agent", "none")
    } else {
        finding.suspected()
    }
}

/// Whether all policies that a network can have are among those that are read: others have kinds of their own.
pub fn all_policies_are_read(networks: &[&NetworkDaemonSet]) -> bool {
    networks.iter().any(|set| matches!(set.engine(), Some(Engine::VpcCni | Engine::Cilium)))
}

/// Names the daemon sets behind an engine.
pub fn enforced_by(finding: Finding, networks: &[&NetworkDaemonSet]) -> Finding {
    networks.iter().fold(finding, |finding, set| {
        let metadata = &set.metadata;
        let what = format!("daemonset/{} in {}", metadata.name, metadata.namespace);
        let engine = set.engine().map_or("a network", Engine::name);
        finding.observed(Source::NetworkEngines, what, format!("{engine} enforces network policies"))
    })
}
