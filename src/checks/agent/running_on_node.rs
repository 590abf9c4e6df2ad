//! Asks whether an agent pod is on the pod's own node, and if not, what keeps it away.
//!
//! It is separate because an agent serves its own node only: one missing pod breaks some pods of a workload and not others.

use jiff::{SignedDuration, Timestamp};

use crate::advice;
use crate::checks::{Check, Code, Evaluate, Finding, ProvenBy, Remediation, Severity, Strikes, Verdict};
use crate::evidence::kubernetes::agent::namespaces;
use crate::evidence::kubernetes::node::Compute;
use crate::evidence::{AgentDaemonSet, Evidence, Gap, GapReason, Node, Source};
use crate::reasoning::agent::placement::{Obstacle, obstacles};

/// The check.
pub static CHECK: Check = Check {
    code: Code(630),
    name: "agent/running-on-node",
    area: &super::AREA,
    title: "an agent pod runs on the pod's node",
    severity: Severity::Error,
    decisive: true,
    since: "0.1.0",
    reads: &[Source::AgentPods, Source::AgentDaemonSets, Source::Pod, Source::Node],
    requires: &[&super::installed::CHECK],
    strikes: Strikes::PodsOnPodIdentity,
    proven_by: ProvenBy::Presence,
    tells: &[31, 134],
    hints_at: &[126],
    symptoms: &[
        "Connect timeout on endpoint URL: \"http://169.254.170.23/v1/credentials\"",
        "dial tcp 169.254.170.23:80: connect: connection refused",
    ],
    docs: r#"## What it checks
That an agent pod is on the pod's node. If none is, node selector, node affinity and tolerations of
the daemon set are compared with the node's labels and taints. Auto Mode nodes need none.

## Why it matters
The address in the pod's variables is local to its node: no agent on another node can answer.

## How to fix
Take the override of `tolerations`, `affinity` or `nodeSelector` out of the add-on's configuration
values or of the Helm values. As shipped the daemon set tolerates every taint.

## References
- Amazon EKS user guide, "Set up the Amazon EKS Pod Identity Agent"
- aws/eks-pod-identity-agent, `charts/eks-pod-identity-agent/values.yaml`
- terraform-aws-modules/terraform-aws-eks#3621, aws/amazon-vpc-cni-k8s#2780
"#,
    evaluate: Evaluate::Pod(evaluate),
    ..Check::DEFAULT
};

/// A node this young may still get its agent.
const YOUNG: SignedDuration = SignedDuration::from_mins(2);

fn evaluate(evidence: &Evidence) -> Result<Verdict, Gap> {
    let compute = evidence.compute();
    if compute == Ok(Compute::Auto) {
        return Ok(Verdict::not_applicable("the agent is built into Auto Mode nodes"));
    }
    let Some(name) = evidence.pod_or_template()?.and_then(|_| evidence.node_name()) else {
        return Ok(Verdict::not_applicable("there is no pod on a node"));
    };
    if !evidence.agent_pods.get()?.is_empty() {
        return Ok(Verdict::Pass);
    }
    // Without the daemon sets nothing says in which namespace the agent would be.
    let sets = evidence.agent_daemon_sets.get()?;
    let compute = compute?;
    elsewhere(evidence, sets, compute).map_or(Ok(()), Err)?;
    let node = evidence.node.present();
    let mut finding = Finding::error(format!("no agent pod is on node {name}"))
        .found(format!("no agent pod on node {name}"))
        .expected("one agent pod on each node");
    let mut is_kept_off = false;
    for set in sets.iter().filter(|set| set.is_for(compute, node)) {
        is_kept_off |= node.is_some_and(|node| !obstacles(&set.spec.template.spec, node).is_empty());
        finding = explain(finding, evidence, set, node);
    }
    let created = node.and_then(|node| node.metadata.creation_timestamp);
    let made = sets.iter().filter_map(|set| set.metadata.creation_timestamp).max();
    let is_young = |since: Timestamp| evidence.collected_at.duration_since(since) < YOUNG;
    // Time brings no agent to a node that the daemon set does not want.
    let young = [(created, "it joined"), (made, "the agent was installed")];
    let young = young.into_iter().find(|(since, _)| since.is_some_and(is_young)).filter(|_| !is_kept_off);
    if let Some((_, what)) = young {
        finding.message = format!("no agent pod is on node {name} yet: {what} less than two minutes ago");
        finding.suspected = true;
    }
    Ok(finding.into())
}

/// The gap of an agent that a daemon set of another namespace may have put there: pods are read in few namespaces.
fn elsewhere(evidence: &Evidence, sets: &[AgentDaemonSet], compute: Compute) -> Option<Gap> {
    let read = namespaces(sets);
    let is_read = |set: &AgentDaemonSet| read.contains(&set.metadata.namespace.as_str());
    let other = |set: &&AgentDaemonSet| !is_read(set) && set.is_for(compute, evidence.node.present());
    let metadata = &sets.iter().find(other)?.metadata;
    let detail = format!(
        "agent pods were read in namespaces {} only, and daemon set {} of namespace {} may have one on the node",
        read.join(" and "),
        metadata.name,
        metadata.namespace
    );
    Some(Gap::new(Source::AgentPods, GapReason::Insufficient, detail))
}

/// Adds what keeps the pods of one daemon set off the node.
fn explain(finding: Finding, evidence: &Evidence, set: &AgentDaemonSet, node: Option<&Node>) -> Finding {
    let name = &set.metadata.name;
    let (ready, wanted) = (set.status.number_ready, set.status.desired_number_scheduled);
    let finding =
        finding.observed(Source::AgentDaemonSets, format!("{name} status"), format!("{ready} of {wanted} ready"));
    let found = node.map(|node| obstacles(&set.spec.template.spec, node)).unwrap_or_default();
    let Some(first) = found.first() else { return finding.fixes([look(set)]) };
    let mut finding = finding.fixes(remedies(evidence, set, first));
    let node = evidence.node_name().unwrap_or_default();
    finding.message = format!("no agent pod is on node {node} because daemon set {name} {first}");
    for obstacle in &found {
        finding = finding.observed(Source::AgentDaemonSets, name, obstacle.to_string());
    }
    finding
}

fn remedies(evidence: &Evidence, set: &AgentDaemonSet, obstacle: &Obstacle) -> Vec<Remediation> {
    let name = &set.metadata.name;
    match obstacle {
        Obstacle::Taint { .. } => advice::agent::configure(
            evidence,
            Some(set),
            "let the agent tolerate every taint, as shipped",
            r#"{"tolerations":[{"operator":"Exists"}]}"#,
        ),
        Obstacle::NodeSelector { wanted } => vec![Remediation::words(
            format!("take nodeSelector {wanted} out of the configuration of daemon set {name}"),
            "the agent then also runs on nodes without that label",
        )],
        Obstacle::Affinity { .. } if !set.is_hybrid() => advice::agent::configure(
            evidence,
            Some(set),
            "give it the node affinity as shipped",
            advice::agent::AFFINITY,
        ),
        Obstacle::Affinity { .. } => vec![Remediation::words(
            format!("give daemon set {name} the node affinity that it is shipped with"),
            "the agent then runs on every hybrid node with its operating system",
        )],
    }
}

/// Nothing in specification and node keeps it away: its events tell more, such as a port that another pod holds.
fn look(set: &AgentDaemonSet) -> Remediation {
    let namespace = crate::findings::remediation::shell(&set.metadata.namespace);
    let name = crate::findings::remediation::shell(&set.metadata.name);
    Remediation::kubectl(
        "see why the daemon set makes no pod there, such as a full node or port 80 held by another pod on the host's network",
        format!("kubectl -n {namespace} describe daemonset {name}"),
        "changes nothing",
    )
}
