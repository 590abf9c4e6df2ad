//! Asks whether the agent pod on the pod's node is ready, and if not, decodes what it suffers from.
//!
//! Ready says that the agent listens, not that credentials work: it never asks EKS Auth for that.

use jiff::SignedDuration;

use crate::advice;
use crate::checks::{Check, Code, Evaluate, Finding, ProvenBy, Remediation, Severity, Strikes, Verdict};
use crate::evidence::kubernetes::node::Compute;
use crate::evidence::{AgentPod, Evidence, Gap, Source};
use crate::findings::remediation::shell;
use crate::reasoning::agent::trouble::AgentTrouble;

/// The check.
pub static CHECK: Check = Check {
    code: Code(640),
    name: "agent/ready",
    area: &super::AREA,
    title: "the agent pod is ready",
    severity: Severity::Error,
    decisive: true,
    since: "0.1.0",
    reads: &[Source::AgentPods],
    requires: &[&super::running_on_node::CHECK],
    explained_by: &[&[&super::arguments::CHECK]],
    strikes: Strikes::PodsOnPodIdentity,
    proven_by: ProvenBy::Answer,
    tells: &[34, 35, 37, 38, 48, 130],
    hints_at: &[42],
    symptoms: &[
        "Unable to start server: listen tcp [fd00:ec2::23]:80: bind: cannot assign requested address",
        "Unable to start server: listen tcp 169.254.170.23:80: bind: address already in use",
        "expected route 169.254.170.23/32 to be interface index, please remove route and try again",
        "Failed probe: Get \"http://169.254.170.23:80\": context deadline exceeded",
        "hostPath type check failed: /eks-hybrid/.aws is not a directory",
        "dial tcp 169.254.170.23:80: connect: connection refused",
    ],
    docs: r"## What it checks
That an agent pod on the pod's node is ready. If none is, waiting reason, last termination and
their messages are decoded: no IPv6 on the node, a port that is taken, another route to the
address, an image that cannot be pulled, a memory limit, the missing credentials directory of a
hybrid node.

## Why it matters
An agent that is not ready does not listen, or too slowly: SDKs time out after one or two seconds
and go on to the next source of credentials.

## How to fix
It depends on the cause; the finding names it. An agent that ends says why in its log alone, which
is read too; where it may not be read, only an exit code is known.

## References
- Amazon EKS user guide, 'Disable IPv6 in the EKS Pod Identity Agent' and 'Configure add-ons for
  hybrid nodes'
- aws/eks-pod-identity-agent, `pkg/server/server.go`, `pkg/initalizer`; issues 10, 16, 26
",
    evaluate: Evaluate::Pod(evaluate),
    ..Check::DEFAULT
};

/// An agent pod this young may still become ready.
const YOUNG: SignedDuration = SignedDuration::from_mins(2);

fn evaluate(evidence: &Evidence) -> Result<Verdict, Gap> {
    let pods = evidence.made_agents()?.into_iter();
    let (leaving, staying): (Vec<&AgentPod>, Vec<&AgentPod>) =
        pods.partition(|pod| pod.metadata.deletion_timestamp.is_some());
    if staying.iter().any(|pod| pod.is_ready()) {
        return Ok(Verdict::Pass);
    }
    let newest = |pods: Vec<&'_ AgentPod>| pods.into_iter().max_by_key(|pod| pod.metadata.creation_timestamp).cloned();
    if let Some(pod) = newest(staying) {
        return Ok(not_ready(evidence, &pod).into());
    }
    match newest(leaving) {
        Some(pod) => Ok(replaced(evidence, &pod).into()),
        None if matches!(evidence.compute()?, Compute::Auto) => {
            Ok(Verdict::not_applicable("the agent is built into Auto Mode nodes"))
        }
        None => Ok(Verdict::not_applicable("there is no agent pod on the node")),
    }
}

fn not_ready(evidence: &Evidence, pod: &AgentPod) -> Finding {
    let last_words = evidence.agent_log.known().and_then(|log| log.last_words.as_deref());
    let (name, decoded) = (&pod.metadata.name, pod.trouble(last_words));
    let container = decoded.container.as_deref().unwrap_or("pod");
    let mut finding = Finding::error(format!("the agent pod {name} {}", advice::agent::phrase(&decoded)))
        .observed(Source::AgentPods, format!("{name} status of {container}"), decoded.words.clone())
        .found(format!("not ready, {} restarts", decoded.restarts))
        .expected("an agent pod that is ready")
        .fixes(advice::agent::remedies(evidence, pod, &decoded));
    if let Some(node) = silent_node(evidence) {
        finding.message = format!("node {node} is not ready, and the agent pod {name} with it");
        finding.remediation = vec![Remediation::kubectl(
            "see why the node is not ready",
            format!("kubectl describe node {}", shell(node)),
            "changes nothing",
        )];
    }
    let waits = matches!(decoded.trouble, AgentTrouble::Unready | AgentTrouble::NotMade);
    if waits && is_young(evidence, pod) {
        finding.message = format!("the agent pod {name} is still starting");
        finding.suspected = true;
    }
    finding
}

/// The node, where its kubelet has gone silent: everything on it then counts as not ready.
fn silent_node(evidence: &Evidence) -> Option<&str> {
    let node = evidence.node.present()?;
    node.is_unready().then_some(node.metadata.name.as_str())
}

/// The only agent pod is on its way out: its successor comes when it is gone.
fn replaced(evidence: &Evidence, pod: &AgentPod) -> Finding {
    let name = &pod.metadata.name;
    let overdue = pod.metadata.deletion_timestamp.is_some_and(|due| evidence.collected_at.duration_since(due) > YOUNG);
    let finding = if overdue {
        Finding::error(format!("the agent pod {name} should be gone and no other has come"))
    } else {
        Finding::warning(format!("the agent pod {name} is being replaced"))
    };
    let due = pod.metadata.deletion_timestamp.map(|due| due.to_string()).unwrap_or_default();
    finding
        .observed(Source::AgentPods, format!("{name} metadata.deletionTimestamp"), due)
        .found("only an agent pod that is being deleted")
        .expected("an agent pod that is ready")
        .fix(crate::advice::agent::describe(pod))
}

fn is_young(evidence: &Evidence, pod: &AgentPod) -> bool {
    let created = pod.metadata.creation_timestamp;
    created.is_some_and(|created| evidence.collected_at.duration_since(created) < YOUNG)
}
