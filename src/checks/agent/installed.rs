//! Asks whether the agent is installed for the kind of node the pod is on.
//!
//! It is separate from the question whether it runs on this very node, because the fix is another one: EC2 and hybrid
//! nodes have daemon sets of their own, Auto Mode nodes have the agent built in.

use crate::advice;
use crate::advice::words;
use crate::checks::{Check, Code, Evaluate, Finding, ProvenBy, Remediation, Severity, Strikes, Verdict, cluster};
use crate::evidence::kubernetes::node::{COMPUTE_TYPE, Compute};
use crate::evidence::{AgentDaemonSet, Evidence, Gap, Node, Source};

/// The check.
pub static CHECK: Check = Check {
    code: Code(620),
    name: "agent/installed",
    area: &super::AREA,
    title: "the agent is installed for this kind of node",
    severity: Severity::Error,
    decisive: true,
    since: "0.1.0",
    reads: &[Source::AgentDaemonSets, Source::AgentPods, Source::Pod, Source::Node, Source::Cluster],
    requires: &[&cluster::node_supported::CHECK],
    strikes: Strikes::PodsOnPodIdentity,
    proven_by: ProvenBy::Presence,
    tells: &[30, 126, 127, 129],
    hints_at: &[41, 134],
    is_common: true,
    symptoms: &[
        "Connect timeout on endpoint URL: \"http://169.254.170.23/v1/credentials\"",
        "dial tcp 169.254.170.23:80: connect: no route to host",
        "dial tcp 169.254.170.23:80: connect: connection refused",
    ],
    docs: r#"## What it checks
That a daemon set of the agent exists for the kind of node the pod runs on: one for EC2 nodes, two
others for hybrid nodes. Auto Mode nodes have the agent built in. An add-on and a Helm
installation are equal. Without a node any daemon set of the agent, or Auto Mode, is enough.

## Why it matters
The variables in the pod point to an address that only the agent answers. The webhook writes them
whether or not an agent is there, so the SDK waits for nobody.

## How to fix
Install the add-on `eks-pod-identity-agent`. For hybrid nodes, also set `daemonsets.hybrid.create`
(or `hybrid-bottlerocket`) in its configuration values.

## References
- Amazon EKS user guide, "Set up the Amazon EKS Pod Identity Agent" and "Configure add-ons for
  hybrid nodes"
- aws/eks-pod-identity-agent, `charts/eks-pod-identity-agent/values.yaml`
"#,
    evaluate: Evaluate::Pod(evaluate),
    ..Check::DEFAULT
};

fn evaluate(evidence: &Evidence) -> Result<Verdict, Gap> {
    let compute = evidence.compute();
    match &compute {
        Ok(Compute::Auto) => return Ok(Verdict::not_applicable("the agent is built into Auto Mode nodes")),
        Ok(Compute::Fargate | Compute::Windows) => {
            return Ok(Verdict::not_applicable("no agent exists for this kind of node"));
        }
        _ => {}
    }
    if evidence.node_name().is_none() {
        return anywhere(evidence);
    }
    // An agent pod on the node says more than any daemon set, whatever made it.
    if evidence.agent_pods.known().is_some_and(|pods| !pods.is_empty()) {
        return Ok(Verdict::Pass);
    }
    let sets = evidence.agent_daemon_sets.get()?;
    let compute = match compute {
        Err(_) if sets.is_empty() && has_auto_mode(evidence) == Ok(false) => Compute::Ec2,
        other => other?,
    };
    let node = evidence.node.present();
    if sets.iter().any(|set| set.is_for(compute, node)) {
        return Ok(Verdict::Pass);
    }
    evidence.agent_pods.get()?;
    Ok(missing(evidence, compute, sets).into())
}

/// Without a node nothing says which kind the next pod gets: any agent will do.
fn anywhere(evidence: &Evidence) -> Result<Verdict, Gap> {
    let auto = has_auto_mode(evidence);
    if auto == Ok(true) {
        return Ok(Verdict::Pass);
    }
    let sets = evidence.agent_daemon_sets.get()?;
    if !sets.is_empty() || auto? {
        return Ok(Verdict::Pass);
    }
    Ok(missing(evidence, Compute::Ec2, sets).into())
}

fn has_auto_mode(evidence: &Evidence) -> Result<bool, Gap> {
    let unknown = || Gap::no_such_cluster("EKS knows no cluster of that name");
    let cluster = evidence.cluster.get()?.as_ref().ok_or_else(unknown)?;
    Ok(cluster.has_auto_mode())
}

fn missing(evidence: &Evidence, compute: Compute, sets: &[AgentDaemonSet]) -> Finding {
    let names: Vec<&str> = sets.iter().map(|set| set.metadata.name.as_str()).collect();
    let message = match compute {
        Compute::Hybrid if is_bottlerocket(evidence) => "the agent is not installed for hybrid nodes with Bottlerocket",
        Compute::Hybrid => "the agent is not installed for hybrid nodes",
        _ if sets.is_empty() => "the agent is not installed in the cluster",
        _ => "the agent is installed for hybrid nodes only, and the pod is not on one",
    };
    let found = if names.is_empty() { "no daemon set of the agent".to_owned() } else { names.join(", ") };
    let mut finding = Finding::error(message).found(found).expected(match compute {
        Compute::Hybrid if is_bottlerocket(evidence) => "a daemon set of the agent for hybrid nodes with Bottlerocket",
        Compute::Hybrid => "a daemon set of the agent for hybrid nodes",
        _ => "a daemon set of the agent for EC2 nodes",
    });
    if let Some(node) = evidence.node.present() {
        let kind = node.metadata.labels.get(COMPUTE_TYPE).map_or("not set", String::as_str);
        finding = finding.observed(Source::Node, format!("metadata.labels[{COMPUTE_TYPE}]"), kind);
    }
    finding.fixes(remedies(evidence, compute, sets))
}

/// An add-on that is there cannot be created: without its daemon set it is on its way, has failed, or was undone.
fn install_or_mend(evidence: &Evidence) -> Vec<Remediation> {
    let Some(add_on) = evidence.add_on.present() else { return vec![advice::agent::install(evidence, None)] };
    let issue = add_on.health.as_ref().and_then(|health| health.issues.first());
    match (add_on.status.as_deref(), issue) {
        (Some("CREATING"), _) => vec![Remediation::words(
            "wait some seconds: EKS is creating its add-on",
            "nothing; pods that already wait for credentials get them at their next attempt",
        )],
        (_, Some(issue)) => words::agent_error::issue_remedies(evidence, &issue.code),
        _ => vec![advice::agent::overwrite(evidence)],
    }
}

fn is_bottlerocket(evidence: &Evidence) -> bool {
    evidence.node.present().is_some_and(Node::is_bottlerocket)
}

fn remedies(evidence: &Evidence, compute: Compute, sets: &[AgentDaemonSet]) -> Vec<Remediation> {
    let json = match compute {
        Compute::Hybrid if is_bottlerocket(evidence) => r#"{"daemonsets":{"hybrid-bottlerocket":{"create":true}}}"#,
        Compute::Hybrid => r#"{"daemonsets":{"hybrid":{"create":true}}}"#,
        _ if sets.is_empty() => return install_or_mend(evidence),
        _ => r#"{"daemonsets":{"cloud":{"create":true}}}"#,
    };
    match sets.first() {
        None => vec![advice::agent::install(evidence, Some(json))],
        set => advice::agent::configure(evidence, set, "make the daemon set for this kind of node", json),
    }
}
