//! Asks whether the agent serves this cluster, in this cluster's region.
//!
//! It is separate from the agent being ready: it starts with any name and any region, and only EKS Auth says no.

use crate::advice;
use crate::advice::words::agent_error;
use crate::checks::{Check, Code, Evaluate, Finding, ProvenBy, Severity, Strikes, Verdict, cluster};
use crate::evidence::aws::role::Arn;
use crate::evidence::kubernetes::agent_log::AgentError;
use crate::evidence::{AgentContainer, Evidence, Gap, GapReason, Source};
use crate::reasoning::agent::configuration::{AgentHere, Configured};

/// The check.
pub static CHECK: Check = Check {
    code: Code(650),
    name: "agent/arguments",
    area: &super::AREA,
    title: "the agent serves this cluster and region",
    severity: Severity::Error,
    since: "0.1.0",
    reads: &[Source::Pod, Source::AgentPods, Source::AgentDaemonSets, Source::Cluster, Source::AgentLog],
    requires: &[&cluster::same_cluster::CHECK, &super::installed::CHECK],
    strikes: Strikes::PodsOnPodIdentity,
    proven_by: ProvenBy::Answer,
    tells: &[46, 47],
    symptoms: &[
        "dial tcp: lookup eks-auth..api.aws: no such host",
        "ResourceNotFoundException: No cluster found for name: EKS_CLUSTER_NAME.",
        "lookup eks-auth.AWS_REGION_NAME.api.aws: no such host",
    ],
    docs: r"## What it checks
`--cluster-name` (`-c`) of the agent on the pod's node, against the name that EKS gives the
cluster, and `AWS_REGION` or `AWS_DEFAULT_REGION` among its variables, against the cluster's
region. Without a node the daemon set is looked at. A value from a ConfigMap, a Secret or a file
is not read, so it is undecided unless the agent's log shows a host name without a region.

## Why it matters
The add-on fills in both. A Helm installation starts with the placeholders `EKS_CLUSTER_NAME` and
`AWS_REGION_NAME`, and a copied one with the values of another cluster. The agent starts, is
Ready, and every request fails.

## How to fix
Set `clusterName` and `env.AWS_REGION` in the values of the Helm release, or let the add-on write
its daemon set again.

## References
- aws/eks-pod-identity-agent, `charts/eks-pod-identity-agent/values.yaml`, `cmd/server.go`
- AWS SDK for Go v2, `config/env_config.go`
",
    evaluate: Evaluate::Pod(evaluate),
    ..Check::DEFAULT
};

/// What the chart has where nothing was set.
const PLACEHOLDERS: &[&str] = &["EKS_CLUSTER_NAME", "AWS_REGION_NAME"];

fn evaluate(evidence: &Evidence) -> Result<Verdict, Gap> {
    let agents = evidence.agents_here()?;
    if agents.is_empty() {
        return Ok(Verdict::not_applicable("there is no agent whose arguments could be read"));
    }
    let mut findings: Vec<Finding> = Vec::new();
    let mut open = None;
    for agent in &agents {
        let container = agent.container()?;
        for found in [cluster_name(evidence, agent, container), region(evidence, agent, container)] {
            match found {
                Ok(finding) => findings.extend(finding),
                Err(gap) => open = open.or(Some(gap)),
            }
        }
    }
    if findings.is_empty() {
        findings.extend(logged(evidence));
    }
    match open {
        Some(gap) if findings.is_empty() => Err(gap),
        _ => Ok(Verdict::from_findings(findings)),
    }
}

/// The agent's own word that it has no region.
fn logged(evidence: &Evidence) -> Option<Finding> {
    let own = evidence.own_log().ok()?.ok()?;
    let (kind, outcome) = own.standing_error(|kind| kind == AgentError::NoRegion)?;
    Some(agent_error::finding(evidence, Severity::Error, kind, outcome))
}

fn cluster_name(evidence: &Evidence, agent: &AgentHere<'_>, own: &AgentContainer) -> Result<Option<Finding>, Gap> {
    let wanted = || Ok::<_, Gap>(evidence.described_cluster()?.name.as_str());
    let found = match own.cluster_name() {
        Configured::Value(found) => found,
        Configured::Missing => "",
        Configured::Elsewhere(place) => return Err(elsewhere(agent, "name of the cluster", &place)),
    };
    if found.is_empty() && !own.args.iter().any(|argument| argument.contains("cluster-name") || argument == "-c") {
        // The command may hold it; the agent does not start without it.
        return Err(Gap::new(agent.source, GapReason::Insufficient, "the agent's arguments name no cluster"));
    }
    let placeholder = found.is_empty() || PLACEHOLDERS.contains(&found);
    if !placeholder && wanted()? == found {
        return Ok(None);
    }
    let expected = evidence.cluster_name().unwrap_or("the name of the cluster");
    let message = match found {
        "" => format!("the agent {} is told no cluster name", agent.name),
        _ if placeholder => format!("the agent {} still has the placeholder {found} for a cluster name", agent.name),
        _ => format!("the agent {} serves another cluster {found}", agent.name),
    };
    let finding = Finding::error(message)
        .observed(agent.source, format!("{} --cluster-name", agent.name), or_not_set(found))
        .found(if found.is_empty() { "an empty name" } else { found })
        .expected(expected);
    Ok(Some(finding.fixes(advice::agent::set_cluster_name(evidence))))
}

fn region(evidence: &Evidence, agent: &AgentHere<'_>, own: &AgentContainer) -> Result<Option<Finding>, Gap> {
    let found = match own.region() {
        Configured::Value(found) => found,
        Configured::Missing => "",
        Configured::Elsewhere(place) => return Err(elsewhere(agent, "region", &place)),
    };
    let cluster = || Ok::<_, Gap>(Arn::parse(&evidence.described_cluster()?.arn).map(|arn| arn.region));
    let placeholder = found.is_empty() || PLACEHOLDERS.contains(&found);
    if !placeholder && cluster()?.is_none_or(|region| region == found) {
        return Ok(None);
    }
    let known = evidence.context.region.as_ref().map(|region| region.value.as_str());
    let region = cluster().ok().flatten().or(known);
    let expected = region.unwrap_or("the region of the cluster");
    let message = match found {
        "" => format!("the agent {} has no AWS region", agent.name),
        _ if placeholder => format!("the agent {} still has the placeholder {found} for a region", agent.name),
        _ => format!("the agent {} asks EKS Auth in another region {found}", agent.name),
    };
    if found.is_empty() && is_answered(evidence) {
        let message = format!("{message} that is seen here, and EKS Auth answers it all the same");
        return Ok(Some(Finding::note(message).expected(format!("AWS_REGION {expected}"))));
    }
    let finding = Finding::error(message)
        .observed(agent.source, format!("{} AWS_REGION", agent.name), or_not_set(found))
        .found(if found.is_empty() { "no AWS_REGION and no AWS_DEFAULT_REGION" } else { found })
        .expected(expected);
    // The log would show whether it has a region from elsewhere.
    let finding = if found.is_empty() && evidence.agent_log.gap().is_some() { finding.suspected() } else { finding };
    Ok(Some(finding.fixes(advice::agent::set_region(evidence, region))))
}

/// An agent that EKS Auth has answered has a region, wherever it has it from.
fn is_answered(evidence: &Evidence) -> bool {
    evidence.agent_log.known().is_some_and(|log| log.node.last_fetched.is_some())
}

fn or_not_set(found: &str) -> &str {
    if found.is_empty() { "not set" } else { found }
}

fn elsewhere(agent: &AgentHere<'_>, what: &str, place: &str) -> Gap {
    Gap::undecidable(agent.source, format!("the {what} of {} comes from {place}", agent.name))
}
