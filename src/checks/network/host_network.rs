//! Does the pod share the network of its node? It is a note of its own, because what goes wrong there has another reason than
//! the way to the agent.

use crate::checks::{Check, Code, Evaluate, Finding, ProvenBy, Remediation, Request, Severity, Strikes, Verdict};
use crate::evidence::{Evidence, Gap, Source};

/// The check.
pub static CHECK: Check = Check {
    code: Code(560),
    name: "network/host-network",
    area: &super::AREA,
    title: "the pod is not on the host's network",
    severity: Severity::Note,
    since: "0.1.0",
    reads: &[Source::Pod],
    strikes: Strikes::PodsOnPodIdentity,
    proven_by: ProvenBy::Request(Request::Own),
    symptoms: &[
        "Unauthorized Exception! EKS does not have permissions to assume the associated role.",
        "client-addr is the address of the node",
    ],
    docs: "\
## What it checks
Whether the pod has `hostNetwork: true`. It is a note, for such pods reach the agent like any
other.

## Why it matters
Its requests come from the address of the node, so they cannot be told apart in the agent's log,
and no proof rests on them. People have seen EKS Auth refuse such a pod while the same service
account worked in one with a network of its own; why is an open question. That refusal stands in
the log under the node's address, where it may belong to any pod on the host's network: this check
cannot see it, and does not weigh it.

## How to fix
Where EKS Auth refuses only this pod, try it without `hostNetwork`. Where it works, nothing has to
be done.

## References
- aws/eks-pod-identity-agent issue 139
- Kubernetes API reference, *PodSpec*
",
    evaluate: Evaluate::Pod(evaluate),
    ..Check::DEFAULT
};

fn evaluate(evidence: &Evidence) -> Result<Verdict, Gap> {
    let Some(pod) = evidence.pod_or_template()? else {
        return Ok(Verdict::not_applicable("there is no pod"));
    };
    if !pod.spec.host_network {
        return Ok(Verdict::Pass);
    }
    Ok(Finding::note(
        "the pod is on the host's network, so the agent's log cannot tell its requests from those of others",
    )
    .observed(Source::Pod, "spec.hostNetwork", "true")
    .found("requests from the address of the node")
    .expected("an address of its own, where EKS Auth refuses this pod and no other")
    .fix(Remediation::words("where EKS Auth refuses only this pod, try it without hostNetwork", "nothing by itself"))
    .into())
}
