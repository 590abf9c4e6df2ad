//! Can a pod with security groups of its own reach its node? It is separate from policies, because a setting of the VPC CNI
//! decides it for all such pods at once.

use super::engines::as_sure_as_was_seen;
use crate::advice::network::set_security_group_mode;
use crate::advice::restart;
use crate::checks::{Check, Code, Evaluate, Finding, ProvenBy, Request, Severity, Strikes, Verdict};
use crate::evidence::kubernetes::network_engine::SECURITY_GROUP_MODE;
use crate::evidence::{Evidence, Gap, Source};

/// The annotation that the VPC resource controller gives to pods with an interface of their own.
const POD_INTERFACE: &str = "vpc.amazonaws.com/pod-eni";

/// The check.
pub static CHECK: Check = Check {
    code: Code(530),
    name: "network/pod-security-groups",
    area: &super::AREA,
    title: "security groups for pods run in standard mode",
    severity: Severity::Error,
    since: "0.1.0",
    reads: &[Source::Pod, Source::NetworkEngines],
    strikes: Strikes::PodsOnPodIdentity,
    proven_by: ProvenBy::Request(Request::Any),
    tells: &[56],
    symptoms: &[
        "Connect timeout on endpoint URL: \"http://169.254.170.23/v1/credentials\"",
        "pods with attached security groups cannot reach Pod Identity Agent link local address",
    ],
    docs: "\
## What it checks
Whether a pod that has security groups of its own, by the annotation `vpc.amazonaws.com/pod-eni`,
runs where the VPC CNI's variable `POD_SECURITY_GROUP_ENFORCING_MODE` is `standard`. Where it is
not set it means `strict`.

## Why it matters
In strict mode everything the pod sends leaves through its own network interface, past the node.
The agent listens on the node, so it is never reached, whatever the security groups allow. The
mode counts at the creation of a pod, so a pod may still be wired as it was before: it is
confirmed where the agent's log covers the life of the pod and has no request of it.

## How to fix
Set the mode to `standard`, and create the pods again. Read first what standard mode changes for
traffic that leaves the VPC.

## References
- Amazon EKS user guide, *EKS Pod Identity considerations* and *Assign security groups to
  individual Pods*
- aws/amazon-vpc-cni-k8s issue 2797
",
    evaluate: Evaluate::Pod(evaluate),
    ..Check::DEFAULT
};

fn evaluate(evidence: &Evidence) -> Result<Verdict, Gap> {
    let Some(pod) = evidence.live_pod()? else {
        return Ok(Verdict::not_applicable("no pod was made yet"));
    };
    if pod.spec.host_network || !pod.metadata.annotations.contains_key(POD_INTERFACE) {
        return Ok(Verdict::Pass);
    }
    let Some(set) = evidence.vpc_cni()? else {
        let detail =
            "the pod has a network interface of its own, and no daemon set of the VPC CNI says how it is wired";
        return Err(Gap::undecidable(Source::NetworkEngines, detail));
    };
    let setting = set.setting(SECURITY_GROUP_MODE);
    if setting.is_some_and(|setting| setting.value_from.is_some()) {
        let detail = format!("{SECURITY_GROUP_MODE} comes from elsewhere, and its value is not read");
        return Err(Gap::undecidable(Source::NetworkEngines, detail));
    }
    let mode = setting.and_then(|setting| setting.value.as_deref()).filter(|mode| !mode.is_empty());
    if mode == Some("standard") {
        return Ok(Verdict::Pass);
    }
    let finding = Finding::error("the pod has its own security groups in strict mode, and cannot reach its node");
    let place = format!("{SECURITY_GROUP_MODE} of daemonset/{} in {}", set.metadata.name, set.metadata.namespace);
    // The setting counts for pods made since it was set, and nothing tells when that was.
    Ok(as_sure_as_was_seen(evidence, finding, false)
        .observed(Source::Pod, format!("metadata.annotations[{POD_INTERFACE}]"), "present")
        .observed(Source::NetworkEngines, place, mode.unwrap_or("not set, which means strict"))
        .found(mode.unwrap_or("strict, because nothing is set"))
        .expected("standard")
        .fix(set_security_group_mode(set))
        .fix(restart(evidence))
        .into())
}
