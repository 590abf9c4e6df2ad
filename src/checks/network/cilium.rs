//! Do Cilium's policies let the pod reach its node? It is separate from Kubernetes network policies, because Cilium never takes
//! an address range for the node, so that the usual remedy does nothing there.

use super::engines::{agent, as_sure_as_was_seen, enforced_by, out_of_reach};
use crate::advice::network::{allow_host, take_out_of_denial};
use crate::checks::{Check, Code, Evaluate, Finding, ProvenBy, Request, Severity, Strikes, Verdict};
use crate::evidence::kubernetes::network_engine::{CiliumConfig, Engine, NetworkDaemonSet};
use crate::evidence::{Evidence, Gap, NetworkPolicy, Pod, Source};
use crate::reasoning::network::cilium::{CiliumAnswer, PodIdentityLabels, Question, Refusal, needs_namespace};

/// The check.
pub static CHECK: Check = Check {
    code: Code(520),
    name: "network/cilium",
    area: &super::AREA,
    title: "the Cilium policies let the pod reach the agent",
    severity: Severity::Error,
    since: "0.1.0",
    reads: &[
        Source::NetworkEngines,
        Source::CiliumConfig,
        Source::CiliumNetworkPolicies,
        Source::CiliumClusterwideNetworkPolicies,
        Source::NetworkPolicies,
        Source::Pod,
        Source::Namespace,
        Source::Node,
        Source::Cluster,
    ],
    strikes: Strikes::PodsOnPodIdentity,
    proven_by: ProvenBy::Request(Request::SincePolicies),
    tells: &[50],
    symptoms: &[
        "169.254.170.23:80 (host) policy-verdict:none EGRESS DENIED (TCP Flags: SYN)",
        "169.254.170.23:80 (host) Policy denied DROPPED",
        "FIB lookup failed",
    ],
    docs: "\
## What it checks
Where Cilium enforces policies: whether the Kubernetes network policies, `CiliumNetworkPolicy` and
`CiliumClusterwideNetworkPolicy` that select the pod let it reach the entity `host` on TCP 80. A
refusal by `egressDeny` outweighs every allowance. The settings `enable-policy`,
`enable-k8s-networkpolicy` and `policy-cidr-match-mode` of ConfigMap `cilium-config` count.

## Why it matters
For Cilium the agent's address is the host's. A range of addresses, also 169.254.170.23/32 and
0.0.0.0/0, never means the host, unless the mode `nodes` is set for ranges. So the rule that helps
elsewhere does nothing here, and the SDK runs into a timeout. It is confirmed where the agent's
log shows that the pod never came through.

## How to fix
Allow the entity `host` on TCP 80 for the same pods. If policies allow it and packets are dropped
with `FIB lookup failed`, set `bpf.hostLegacyRouting` to true (Cilium 1.16 and later).

## References
- Cilium documentation, *Layer 3 Policies*: entities based, CIDR based
- cilium/cilium issues 34387 and 35989
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
    // Cilium is installed in kube-system, which may be listed where the whole cluster may not.
    if !evidence.network_engines.get()?.has(Engine::Cilium) {
        return Ok(Verdict::not_applicable("Cilium was not seen in the cluster"));
    }
    let networks = evidence.networks()?;
    let Some(set) = networks.into_iter().find(|set| set.engine() == Some(Engine::Cilium)) else {
        return Ok(Verdict::not_applicable("Cilium does not run on the pod's node"));
    };
    let unset = CiliumConfig::default();
    let config = evidence.cilium_config.get()?.as_ref().unwrap_or(&unset);
    if config.setting("enable-policy") == Some("never") {
        return Ok(Verdict::not_applicable("Cilium is set to enforce no policy"));
    }
    match question(evidence, pod, config)?.answer() {
        CiliumAnswer::Open => Ok(Verdict::Pass),
        CiliumAnswer::Undecidable(why) => Err(Gap::undecidable(Source::CiliumNetworkPolicies, why)),
        CiliumAnswer::Refused(refusals) => refused(evidence, set, &refusals),
    }
}

fn question<'e>(evidence: &'e Evidence, pod: &'e Pod, config: &CiliumConfig) -> Result<Question<'e>, Gap> {
    let (cilium, clusterwide) =
        (evidence.cilium_network_policies.get()?, evidence.cilium_clusterwide_network_policies.get()?);
    let kubernetes: &[NetworkPolicy] = match config.setting("enable-k8s-networkpolicy") {
        Some("false") => &[],
        _ => evidence.network_policies.get()?,
    };
    if needs_namespace(cilium) || needs_namespace(clusterwide) {
        evidence.namespace.get()?;
    }
    let modes = config.setting("policy-cidr-match-mode").unwrap_or_default();
    let in_ranges = modes.split([',', ' ']).any(|mode| mode == "nodes");
    Ok(Question {
        kubernetes,
        cilium,
        clusterwide,
        pod: PodIdentityLabels {
            labels: &pod.metadata.labels,
            namespace: &evidence.target.namespace,
            of_namespace: evidence.namespace.present().map(|namespace| &namespace.metadata.labels),
            service_account: pod.service_account(),
        },
        to: agent(evidence, in_ranges)?,
        always: config.setting("enable-policy") == Some("always"),
    })
}

fn refused(evidence: &Evidence, set: &NetworkDaemonSet, refusals: &[Refusal]) -> Result<Verdict, Gap> {
    let denied = refusals.iter().find(|refusal| refusal.denies);
    let finding = Finding::error(match denied {
        Some(_) => "a policy of Cilium denies the pod its host, where the agent listens",
        None => "no policy lets the pod reach its host, where Cilium sees the agent",
    });
    let finding = enforced_by(as_sure_as_was_seen(evidence, finding, true), &[set]);
    let finding = refusals.iter().fold(finding, |finding, refusal| {
        let source = match refusal.policy.split(' ').next() {
            Some("CiliumNetworkPolicy") => Source::CiliumNetworkPolicies,
            Some("CiliumClusterwideNetworkPolicy") => Source::CiliumClusterwideNetworkPolicies,
            _ => Source::NetworkPolicies,
        };
        finding.observed(source, &refusal.policy, &refusal.why)
    });
    let finding = match refusals.first() {
        Some(_) => finding,
        None => finding.observed(Source::CiliumConfig, "enable-policy", "always"),
    };
    let found = match (denied, refusals) {
        (Some(denied), _) => format!("{} denies the entity host", denied.policy),
        (None, []) => "pods may reach only what a policy allows, and none allows the entity host".to_owned(),
        (None, [one]) => format!("{} selects the pod, and nothing allows the entity host", one.policy),
        (None, several) => format!("{} policies select the pod, and none allows the entity host", several.len()),
    };
    let fix = match denied {
        Some(denied) => take_out_of_denial(&denied.policy),
        None => allow_host(evidence, refusals.first(), agent(evidence, false)?.port),
    };
    Ok(finding.found(found).expected("the entity host allowed on TCP 80").fix(fix).into())
}
