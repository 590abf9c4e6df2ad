//! Asks whether the agent was ready before the pod started, which on a new node it may not have been.
//!
//! It is separate because nothing is wrong any more: a container that looked for credentials too early may hold others, or none.

use jiff::{SignedDuration, Timestamp};

use crate::checks::{Check, Code, Evaluate, Finding, Milestone, ProvenBy, Remediation, Severity, Strikes, Verdict};
use crate::evidence::kubernetes::pod_status::{Condition, ContainerStatus};
use crate::evidence::{AgentPod, Evidence, Gap, GapReason, Source};

/// The check.
pub static CHECK: Check = Check {
    code: Code(670),
    name: "agent/started-before-pod",
    area: &super::AREA,
    title: "the agent was ready before the pod started",
    severity: Severity::Warning,
    since: "0.1.0",
    reads: &[Source::AgentPods, Source::Pod, Source::Node, Source::AgentLog],
    requires: &[&super::ready::CHECK],
    strikes: Strikes::PodsOnPodIdentity,
    proven_by: ProvenBy::Answer,
    milestones: Some((Milestone::ContainerStarted, Milestone::AgentReady)),
    tells: &[44],
    symptoms: &[
        "Unable to locate credentials in the first seconds on a new node",
        "failed to refresh cached credentials, failed to load credentials, : [169.254.170.23] dial tcp 169.254.170.23:80: connect: connection refused",
    ],
    docs: r"## What it checks
Only for a container that started within five minutes of its node becoming ready and that still
runs: whether the node's first agent was ready by then. A request of the pod in the agent's log
after that makes it a note. A node whose first agent is gone tells nothing.

## Why it matters
Kubernetes starts an application and the agent of a new node side by side. An SDK that asks too
early goes on to the next source: the application fails, or keeps on with the node's role. It
shows at every scale-up and never on old nodes.

## How to fix
Let the application try again, or wait for the agent in an init container. Restart a container
that kept other credentials.

## References
- aws/eks-pod-identity-agent issue 159
- aws/secrets-store-csi-driver-provider-aws issues 505, 537
",
    evaluate: Evaluate::Pod(evaluate),
    ..Check::DEFAULT
};

/// How long after a node became ready its first pods start.
const EARLY: SignedDuration = SignedDuration::from_mins(5);
/// How long a node may take from its creation until it is ready for the first time.
const JOINING: SignedDuration = SignedDuration::from_mins(15);

fn evaluate(evidence: &Evidence) -> Result<Verdict, Gap> {
    let Some(pod) = evidence.live_pod()? else {
        return Ok(Verdict::not_applicable("there is no pod that could have started"));
    };
    let Some(started) = pod.status.all_containers().filter_map(running_since).min() else {
        return Ok(Verdict::not_applicable("no container of the pod runs"));
    };
    let Some(node) = evidence.node.get()? else {
        return Err(Gap::new(Source::Node, GapReason::Insufficient, "the node does not exist"));
    };
    let Some(node_ready) = since(&node.status.conditions) else {
        return Err(Gap::new(Source::Node, GapReason::Insufficient, "the node does not say since when it is ready"));
    };
    // A node of long ago may have lost touch for a while; its agent has been there all the time.
    let joined = node.metadata.creation_timestamp;
    let has_come_back = joined.is_some_and(|joined| node_ready > joined + JOINING);
    if has_come_back || started > node_ready + EARLY || started < node_ready - EARLY {
        return Ok(Verdict::Pass);
    }
    let agent_ready = evidence.agent_pods.get()?.iter().filter_map(|agent| first_ready(agent, node_ready)).min();
    let Some(agent_ready) = agent_ready else {
        return Ok(Verdict::not_applicable(
            "the first agent of the node is gone, so it is not known when it was ready",
        ));
    };
    if started >= agent_ready {
        return Ok(Verdict::Pass);
    }
    Ok(finding(evidence, started, agent_ready)?.into())
}

fn finding(evidence: &Evidence, started: Timestamp, agent_ready: Timestamp) -> Result<Finding, Gap> {
    let own = evidence.own_log()?.map_err(|why| Gap::undecidable(evidence.log_source(), why))?;
    let later = own.last_answer().filter(|answer| answer.error.is_none() && answer.time >= agent_ready);
    if later.is_none() && !(own.log.covers_life || own.log.whole_run) {
        let detail = "the log does not reach back to the start of the agent, and has no answer to the pod";
        return Err(Gap::new(evidence.log_source(), GapReason::Insufficient, detail));
    }
    let seconds = agent_ready.duration_since(started).as_secs();
    let message = format!("the pod started {seconds} s before the agent of its new node was ready");
    let finding = Finding::new(if later.is_some() { Severity::Note } else { Severity::Warning }, message)
        .observed(Source::Pod, "first container started", started.to_string())
        .observed(Source::AgentPods, "ready since", agent_ready.to_string())
        .found(match later {
            Some(answer) => format!("the pod was served later, at {}", answer.time.strftime("%H:%M:%S")),
            None => "no request of the pod since".to_owned(),
        })
        .expected("an application that asks again, or that waits for the agent");
    Ok(if later.is_some() { finding } else { finding.fixes(remedies(evidence)) })
}

fn remedies(evidence: &Evidence) -> [Remediation; 2] {
    let lasting = Remediation::words(
        "let the application try again when it finds no credentials, or wait for the agent in an init container",
        "pods on new nodes then start a few seconds later, with credentials",
    );
    [crate::advice::restart(evidence), lasting]
}

/// When the agent was first ready; none if it was replaced or restarted since the node's first minutes.
fn first_ready(agent: &AgentPod, node_ready: Timestamp) -> Option<Timestamp> {
    let restarted = agent.status.container_statuses.iter().any(|status| status.restart_count > 0);
    since(&agent.status.conditions).filter(|ready| !restarted && *ready <= node_ready + EARLY)
}

fn since(conditions: &[Condition]) -> Option<Timestamp> {
    let ready = conditions.iter().find(|condition| condition.kind == "Ready" && condition.status == "True");
    ready.and_then(|condition| condition.last_transition_time)
}

fn running_since(status: &ContainerStatus) -> Option<Timestamp> {
    status.state.as_ref()?.running.as_ref()?.started_at
}
