//! Do Kubernetes network policies let the pod reach the agent? Cilium reads them in another way, and has a check of its own.

use std::collections::BTreeMap;

use super::engines::{
    agent, all_policies_are_read, as_sure_as_was_seen, enforced_by, is_cilium_alone, nothing_enforces, out_of_reach,
};
use crate::advice::network::{allow_in_policies, allow_in_strict_mode};
use crate::checks::{Check, Code, Evaluate, Finding, ProvenBy, Request, Severity, Strikes, Verdict};
use crate::evidence::kubernetes::network_engine::{Engine, NetworkDaemonSet, POLICY_MODE};
use crate::evidence::{Evidence, Gap, Source};
use crate::reasoning::network::egress::{Allows, Destination, Egress, Isolation, egress, selecting};

/// The check.
pub static CHECK: Check = Check {
    code: Code(510),
    name: "network/policies",
    area: &super::AREA,
    title: "network policies let the pod reach the agent",
    severity: Severity::Error,
    since: "0.1.0",
    reads: &[Source::NetworkPolicies, Source::NetworkEngines, Source::Pod, Source::Node, Source::Cluster],
    strikes: Strikes::PodsOnPodIdentity,
    proven_by: ProvenBy::Request(Request::SincePolicies),
    tells: &[49],
    is_common: true,
    symptoms: &[
        "Connect timeout on endpoint URL: \"http://169.254.170.23/v1/credentials\"",
        "dial tcp 169.254.170.23:80: i/o timeout",
        "PolicyVerdict: DENY … DIP: 169.254.170.23;DPORT: 80",
    ],
    docs: "\
## What it checks
Whether the network policies of the namespace that select the pod allow TCP 80 to the agent's
address, where something enforces them: the Amazon VPC CNI with its network policy agent, Calico
and others, seen by their daemon sets. All policies that select the pod add up. In the VPC CNI's
strict mode a pod that no policy selects may reach nothing. Not read: policies of other kinds,
such as Calico's own, admin network policies and DNS policies. Where Cilium alone enforces, PID520
judges.

## Why it matters
The agent's address is not in the cluster's network, so a policy that names pods and namespaces
never allows it. The SDK runs into a timeout, and only in namespaces with policies. It is
confirmed where the agent's log covers the life of the pod and has no request of it, or where
`--probe` does not come through to an agent that is ready, and probable otherwise.

## How to fix
Add an egress rule for 169.254.170.23/32 (fd00:ec2::23/128 on IPv6 clusters), TCP 80, for the same
pods. Running pods need no restart.

## References
- Kubernetes documentation, *Network Policies*
- Amazon EKS user guide, *Limit Pod traffic with Kubernetes network policies*
- aws/aws-network-policy-agent; cilium/cilium issue 34387
",
    evaluate: Evaluate::Pod(evaluate),
    ..Check::DEFAULT
};

fn evaluate(evidence: &Evidence) -> Result<Verdict, Gap> {
    let Some(pod) = evidence.pod_or_template()? else {
        return Ok(Verdict::not_applicable("there is no pod that policies could select"));
    };
    if let Some(reason) = out_of_reach(evidence, pod) {
        return Ok(Verdict::not_applicable(reason));
    }
    let networks = evidence.networks();
    if networks.as_ref().is_ok_and(|networks| is_cilium_alone(networks)) {
        return Ok(Verdict::not_applicable("Cilium enforces the policies, and PID520 judges them"));
    }
    let (policies, labels) = (evidence.network_policies.get()?, &pod.metadata.labels);
    if selecting(policies, labels).next().is_none() {
        return strict(evidence, labels);
    }
    let destination = agent(evidence, true)?;
    match egress(policies, labels, destination) {
        Egress::Free | Egress::Allowed(_) => Ok(Verdict::Pass),
        Egress::Undecidable(why) => Err(Gap::undecidable(Source::NetworkPolicies, why)),
        Egress::Denied(isolations) => denied(evidence, &networks?, destination, &isolations),
    }
}

fn denied(
    evidence: &Evidence,
    networks: &[&NetworkDaemonSet],
    to: Destination,
    isolations: &[Isolation<'_>],
) -> Result<Verdict, Gap> {
    let finding = if nothing_enforces(evidence, networks)? {
        Finding::note("network policies leave the agent out, and nothing was seen in the cluster that enforces them")
    } else {
        let own = |set: &&&NetworkDaemonSet| set.enforces() && set.engine() != Some(Engine::Cilium);
        let own: Vec<&NetworkDaemonSet> = networks.iter().filter(own).copied().collect();
        let finding = Finding::error("network policies do not let the pod reach the agent");
        enforced_by(as_sure_as_was_seen(evidence, finding, all_policies_are_read(&own)), &own)
    };
    let finding = isolations.iter().fold(finding, |finding, isolation| {
        let Allows::No(why) = &isolation.allows else { return finding };
        finding.observed(Source::NetworkPolicies, format!("NetworkPolicy {}", isolation.policy.metadata.name), why)
    });
    let found = match isolations {
        [one] => format!("NetworkPolicy {} selects the pod and leaves the agent out", one.policy.metadata.name),
        several => format!("{} policies of egress select the pod, and none lets it reach the agent", several.len()),
    };
    Ok(finding
        .found(found)
        .expected(format!("an egress rule for TCP {} to {}", to.port, to.address))
        .fix(isolations.first().map(|first| allow_in_policies(evidence, first.policy, to)))
        .into())
}

/// In the VPC CNI's strict mode a pod that no policy selects may reach nothing.
fn strict(evidence: &Evidence, labels: &BTreeMap<String, String>) -> Result<Verdict, Gap> {
    let is_strict = |set: &NetworkDaemonSet| {
        set.engine() == Some(Engine::VpcCni)
            && set.enforces()
            && set.setting(POLICY_MODE).is_some_and(|setting| setting.value.as_deref() == Some("strict"))
    };
    if !evidence.network_engines.get()?.daemon_sets.iter().any(is_strict) {
        return Ok(Verdict::Pass);
    }
    let networks = evidence.networks()?;
    let Some(set) = networks.iter().copied().find(|set| is_strict(set)) else { return Ok(Verdict::Pass) };
    let of_ingress = evidence.network_policies.get()?.iter().find(|policy| policy.spec.pod_selector.matches(labels));
    if let Some(policy) = of_ingress {
        let name = &policy.metadata.name;
        let detail = format!("NetworkPolicy {name} is about ingress only, and the VPC CNI runs in strict mode");
        return Err(Gap::undecidable(Source::NetworkPolicies, detail));
    }
    let to = agent(evidence, true)?;
    let finding = Finding::error("no network policy selects the pod, and in strict mode it may then reach nothing");
    Ok(enforced_by(as_sure_as_was_seen(evidence, finding, true), &[set])
        .observed(Source::NetworkEngines, POLICY_MODE, "strict")
        .found("no policy of the namespace that selects the pod")
        .expected(format!("a policy that selects the pod and allows TCP {} to {}", to.port, to.address))
        .fix(allow_in_strict_mode(evidence, to))
        .into())
}
