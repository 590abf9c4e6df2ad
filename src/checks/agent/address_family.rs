//! Asks whether the agent listens on the address that the pod calls.
//!
//! It is separate from the agent being ready: an agent that was told to leave IPv6 out is well, and deaf to an IPv6 cluster's pods.

use crate::advice;
use crate::checks::{Check, Code, Evaluate, Finding, ProvenBy, Severity, Strikes, Verdict, injection};
use crate::evidence::kubernetes::environment::EnvVar;
use crate::evidence::kubernetes::metadata::{IPV4_URI, IPV6_URI};
use crate::evidence::{Container, Evidence, Gap, Source};
use crate::reasoning::agent::configuration::{AgentHere, Configured};

/// The check.
pub static CHECK: Check = Check {
    code: Code(655),
    name: "agent/address-family",
    area: &super::AREA,
    title: "the agent listens on the address the pod calls",
    severity: Severity::Error,
    since: "0.1.0",
    reads: &[Source::AgentPods, Source::Pod],
    requires: &[&super::installed::CHECK, &injection::variables::CHECK],
    strikes: Strikes::PodsOnPodIdentity,
    proven_by: ProvenBy::Answer,
    tells: &[57],
    symptoms: &[
        "dial tcp [fd00:ec2::23]:80: connect: connection refused",
        "Connect timeout on endpoint URL: \"http://[fd00:ec2::23]/v1/credentials\"",
        "Failed to connect to fd00:ec2::23 port 80: Connection refused",
    ],
    docs: r"## What it checks
The address in the pod's `AWS_CONTAINER_CREDENTIALS_FULL_URI` against the hosts that the agent on
its node listens on (`--bind-hosts`, `-b`). Without such an argument the agent listens on both,
169.254.170.23 and fd00:ec2::23.

## Why it matters
Pods of an IPv6 cluster are given the IPv6 address only. `-b 169.254.170.23`, the known cure for
nodes without IPv6, shuts them out, and the agent stays Ready.

## How to fix
Take the argument out where pods call the other address. On nodes without IPv6 turn IPv6 on first:
with both addresses the agent does not start there.

## References
- Amazon EKS user guide, 'Disable IPv6 in the EKS Pod Identity Agent'
- aws/eks-pod-identity-agent, `cmd/server.go`; issue 16
",
    evaluate: Evaluate::Pod(evaluate),
    ..Check::DEFAULT
};

/// The addresses of the agent: as a variable has it, as an argument has it, and what stands for every address of its kind.
const ADDRESSES: &[(&str, &str, &str)] =
    &[(IPV4_URI, "169.254.170.23", "0.0.0.0"), (IPV6_URI, "[fd00:ec2::23]", "[::]")];

fn evaluate(evidence: &Evidence) -> Result<Verdict, Gap> {
    let containers = evidence.containers()?;
    let called: Vec<_> = ADDRESSES.iter().filter(|(uri, ..)| containers.iter().any(|one| calls(one, uri))).collect();
    if called.is_empty() {
        return Ok(Verdict::not_applicable("no container has the address of the agent"));
    }
    let agents = evidence.agents_here()?;
    if agents.is_empty() {
        return Ok(Verdict::not_applicable("there is no agent whose arguments could be read"));
    }
    let mut findings = Vec::new();
    for agent in &agents {
        let hosts = agent.container()?.bind_hosts();
        if let Some(Configured::Elsewhere(place)) = hosts.iter().find(|host| matches!(host, Configured::Elsewhere(_))) {
            let detail = format!("the hosts that {} listens on come from {place}", agent.name);
            return Err(Gap::undecidable(agent.source, detail));
        }
        let deaf = called.iter().filter(|(_, host, all)| !listens(&hosts, host, all));
        findings.extend(deaf.map(|(uri, host, _)| finding(evidence, agent, &hosts, uri, host)));
    }
    Ok(Verdict::from_findings(findings))
}

fn calls(container: &Container<'_>, uri: &str) -> bool {
    container.full_uri().and_then(EnvVar::text) == Some(uri)
}

/// Whether one of the hosts is the address. Go listens on both families for `[::]` and for no host at all.
fn listens(hosts: &[Configured<'_>], address: &str, all: &str) -> bool {
    let is_one = |host: &Configured<'_>| match host {
        Configured::Value(host) => [address, all, "[::]"].contains(host),
        _ => true,
    };
    hosts.is_empty() || hosts.iter().any(is_one)
}

fn finding(evidence: &Evidence, agent: &AgentHere<'_>, hosts: &[Configured<'_>], uri: &str, address: &str) -> Finding {
    let listed: Vec<&str> =
        hosts.iter().filter_map(|host| if let Configured::Value(host) = host { Some(*host) } else { None }).collect();
    let listed = listed.join(", ");
    Finding::error(format!("the agent {} does not listen on {address}, which the pod calls", agent.name))
        .observed(agent.source, format!("{} --bind-hosts", agent.name), &listed)
        .observed(Source::Pod, "AWS_CONTAINER_CREDENTIALS_FULL_URI", uri)
        .found(format!("an agent that listens on {listed} only"))
        .expected(address)
        .fixes(advice::agent::listen_on_both(evidence))
}
