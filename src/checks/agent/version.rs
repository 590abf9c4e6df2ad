//! Asks whether the agent's version has a known defect that matters for this node.
//!
//! It is separate because an old version alone is no fault: only a defect whose condition holds here is told.

use crate::advice;
use crate::advice::words::agent_error::clock;
use crate::checks::{Check, Code, Evaluate, Finding, ProvenBy, Severity, Strikes, Verdict, cluster};
use crate::evidence::kubernetes::agent_log::{AgentError, LoggedOutcome, essence};
use crate::evidence::kubernetes::node::Compute;
use crate::evidence::{Evidence, Gap, Source};
use crate::reasoning::agent::configuration::{AgentHere, Version};
use crate::reasoning::agent::defects::{Counted, DEFECTS, Defect, agent_version};

/// The check.
pub static CHECK: Check = Check {
    code: Code(665),
    name: "agent/version",
    area: &super::AREA,
    title: "the agent's version has no known defect that matters here",
    severity: Severity::Error,
    since: "0.1.0",
    reads: &[
        Source::Pod,
        Source::AgentPods,
        Source::AgentDaemonSets,
        Source::AddOn,
        Source::Cluster,
        Source::Node,
        Source::AgentLog,
    ],
    // A node of Auto Mode has no installed agent, and may have an old add-on's beside the built-in one.
    requires: &[&cluster::node_supported::CHECK],
    strikes: Strikes::PodsOnPodIdentity,
    proven_by: ProvenBy::Answer,
    tells: &[45, 128],
    hints_at: &[69],
    symptoms: &[
        "request send failed, Post \"https://eks-auth.eu-west-1.api.aws/clusters/prod/assume-role-for-pod-identity\": dial tcp: i/o timeout",
        "context deadline exceeded (Client.Timeout exceeded while awaiting headers)",
    ],
    docs: r"## What it checks
The agent's version, from the tag of its image, and the add-on's, against a table of known
defects, each with a condition: agents 0.1.32 to 0.1.35 do not honour a proxy (only where one is
set for them); 0.1.32 and 0.1.33 give EKS Auth 600 ms to answer (only where their log shows that
it took longer); add-ons before v1.3.4 put agents on Auto Mode nodes (only in clusters with Auto
Mode); add-ons before v1.3.3 do not support hybrid nodes (only there). A tag that is no version
leaves open only what its condition makes matter. Agent pods that fail on an Auto Mode node are
told: the agent that is built in serves the pod, so they are no fault of it.

## Why it matters
The agent stays Ready with each of them. It is a warning, and an error once the agent's log shows
that it does not reach EKS Auth for it.

## How to fix
Update the add-on, or the Helm release that installed the agent.

## References
- aws/eks-pod-identity-agent, commits c9106bb, 5acc5ea, 44a0d3e; pull requests 101 and 109
- Amazon EKS user guide, 'Set up the Amazon EKS Pod Identity Agent' and 'Configure add-ons for
  hybrid nodes'
",
    evaluate: Evaluate::Pod(evaluate),
    ..Check::DEFAULT
};

fn evaluate(evidence: &Evidence) -> Result<Verdict, Gap> {
    let agents = evidence.agents_here()?;
    if agents.is_empty() {
        return Ok(Verdict::not_applicable("there is no agent whose version could be read"));
    }
    let mut findings: Vec<Finding> = Vec::new();
    let mut open = None;
    // The agent that is built into a node of Auto Mode is another one than the add-on's.
    let is_built_in = evidence.compute() == Ok(Compute::Auto);
    let concerns = |defect: &&Defect| !is_built_in || defect.counted == Counted::AddOn;
    let pairs = agents.iter().flat_map(|agent| DEFECTS.iter().filter(concerns).map(move |defect| (agent, defect)));
    for (agent, defect) in pairs {
        match judge(evidence, agent, defect) {
            Ok(Some(finding)) if findings.iter().all(|known| known.message != finding.message) => {
                findings.push(finding);
            }
            Ok(_) => {}
            Err(gap) => open = open.or(Some(gap)),
        }
    }
    match evidence.compute() {
        Ok(Compute::Auto) => findings = advice::agent::with_idle_pods(evidence, findings),
        Err(gap) if evidence.idle_agent_pods().next().is_some() => open = open.or(Some(gap)),
        _ => {}
    }
    match open {
        Some(gap) if findings.is_empty() => Err(gap),
        _ => Ok(Verdict::from_findings(findings)),
    }
}

/// Asks for the version and for the condition, and needs only one of them to say that the defect does not matter.
fn judge(evidence: &Evidence, agent: &AgentHere<'_>, defect: &Defect) -> Result<Option<Finding>, Gap> {
    let own = agent.container()?;
    let version = match defect.counted {
        Counted::Agent => agent_version(agent, own).map(Some),
        Counted::AddOn => evidence.add_on_version(),
    };
    if matches!(&version, Ok(version) if version.is_none_or(|version| !defect.is_in(version))) {
        return Ok(None);
    }
    if !(defect.matters)(evidence, agent)? {
        return Ok(None);
    }
    Ok(version?.map(|version| finding(evidence, agent, defect, version)))
}

fn finding(evidence: &Evidence, agent: &AgentHere<'_>, defect: &Defect, version: Version) -> Finding {
    // EKS writes the versions of add-ons with a v.
    let (what, source, field, v) = match defect.counted {
        Counted::Agent => ("agent", agent.source, format!("{} image", agent.name), ""),
        Counted::AddOn => ("agent add-on", Source::AddOn, "addonVersion".to_owned(), "v"),
    };
    let add_on = evidence.add_on.present().filter(|_| defect.counted == Counted::AddOn);
    let read = add_on.and_then(|add_on| add_on.addon_version.clone()).unwrap_or_else(|| version.to_string());
    let cut_off = cut_off(evidence).filter(|_| defect.counted == Counted::Agent);
    let served = evidence.agent_log.known().is_some_and(|log| log.node_proof(evidence.collected_at).is_some());
    let severity = match (&cut_off, served) {
        (Some(_), _) => Severity::Error,
        // EKS Auth answers the agent, so the defect is of no consequence here.
        (None, true) if defect.counted == Counted::Agent => Severity::Note,
        (None, _) => Severity::Warning,
    };
    let finding = Finding::new(severity, format!("version {v}{version} of the {what} {}", defect.does))
        .observed(source, field, read)
        .found(format!("version {v}{version}"))
        .expected(format!("version {v}{} or later", defect.fixed_in))
        .fix(advice::agent::update(evidence));
    // Without the log it may be of no consequence as well.
    let is_open = cut_off.is_none() && defect.counted == Counted::Agent && evidence.agent_log.gap().is_some();
    let finding = if is_open { finding.suspected() } else { finding };
    match cut_off {
        Some(error) => finding.observed(Source::AgentLog, format!("error at {}", clock(error.time)), text(error)),
        None => finding,
    }
}

/// What the log says if EKS Auth is out of the agent's reach: a warning would play that down.
fn cut_off(evidence: &Evidence) -> Option<&LoggedOutcome> {
    let own = evidence.own_log().ok()?.ok()?;
    own.last_error().filter(|(kind, _)| AgentError::is_unreachable(*kind)).map(|(_, outcome)| outcome)
}

fn text(error: &LoggedOutcome) -> &str {
    essence(error.error.as_deref().unwrap_or_default())
}
