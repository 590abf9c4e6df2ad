//! Asks whether the agent on the pod's node keeps running.
//!
//! It is separate from readiness because an agent that is ready now may have been away a minute ago, when the pod asked.

use jiff::SignedDuration;

use crate::advice;
use crate::checks::{Check, Code, Evaluate, Finding, ProvenBy, Severity, Strikes, Verdict};
use crate::duration::in_words;
use crate::evidence::{AgentPod, Evidence, Gap, Source};
use crate::reasoning::agent::trouble::{AgentTrouble, Restart};

/// The check.
pub static CHECK: Check = Check {
    code: Code(645),
    name: "agent/stable",
    area: &super::AREA,
    title: "the agent has not been restarted in the last hour",
    severity: Severity::Warning,
    since: "0.1.0",
    reads: &[Source::AgentPods],
    requires: &[&super::ready::CHECK],
    strikes: Strikes::PodsOnPodIdentity,
    proven_by: ProvenBy::Answer,
    tells: &[42],
    hints_at: &[48],
    symptoms: &[
        "Failed probe: Get \"http://169.254.170.23:80\": context deadline exceeded",
        "Liveness probe failed: Get \"http://localhost:2703/healthz\": context deadline exceeded",
        "OOMKilled",
        "dial tcp 169.254.170.23:80: connect: connection refused",
    ],
    docs: r"## What it checks
That no container of the agent on the pod's node ended within the last hour. One restart is a
note; it is a warning when the agent was restarted three times or more in its life, or ran into
its memory limit.

## Why it matters
While the agent is away nothing listens on its address: an SDK that asks in that minute goes on to
the next source of credentials or fails, and all is well again when somebody looks. The agent's
cache is gone too, so every pod of the node makes a new call to EKS Auth.

## How to fix
Exit code 137 without a memory limit is the kubelet's kill after failed probes: the node is short
of processor time, or a firewall of the node drops packets to 169.254.170.23. For another exit
code the log of the ended container says why.

## References
- aws/eks-pod-identity-agent, issues 26 and 153; awslabs/security-hardened-amis-for-eks, issue 11
",
    evaluate: Evaluate::Pod(evaluate),
    ..Check::DEFAULT
};

/// What ended longer ago says nothing about now.
const WINDOW: SignedDuration = SignedDuration::from_hours(1);
/// This many restarts in the life of a pod are not an accident.
const OFTEN: u32 = 3;
/// A kill, by the kubelet or by the kernel.
const KILLED: i32 = 137;

fn evaluate(evidence: &Evidence) -> Result<Verdict, Gap> {
    let ready = |pod: &&AgentPod| pod.metadata.deletion_timestamp.is_none() && pod.is_ready();
    let pods = evidence.agent_pods.get()?;
    let Some(pod) = pods.iter().find(ready) else {
        return Ok(Verdict::not_applicable("no agent pod on the node is ready"));
    };
    let recent = |restart: &Restart| evidence.collected_at.duration_since(restart.ended_at) < WINDOW;
    Ok(pod.last_restart().filter(recent).map_or(Verdict::Pass, |restart| restarted(evidence, pod, &restart).into()))
}

fn restarted(evidence: &Evidence, pod: &AgentPod, restart: &Restart) -> Finding {
    let (name, decoded) = (&pod.metadata.name, &restart.decoded);
    let ago = in_words(evidence.collected_at.duration_since(restart.ended_at));
    let out_of_memory = decoded.trouble == AgentTrouble::OutOfMemory;
    let often = decoded.restarts >= OFTEN || out_of_memory;
    let severity = if often { Severity::Warning } else { Severity::Note };
    let why = match decoded.trouble {
        AgentTrouble::OutOfMemory => "killed for using more memory than its limit".to_owned(),
        _ if restart.exit_code == KILLED => "killed, as the kubelet does after failed probes".to_owned(),
        _ => format!("it ended with exit code {}", restart.exit_code),
    };
    let remedies = if out_of_memory || restart.exit_code != KILLED {
        advice::agent::remedies(evidence, pod, decoded)
    } else {
        vec![advice::agent::describe(pod)]
    };
    Finding::new(severity, format!("the agent pod {name} was restarted {ago} ago: {why}"))
        .observed(Source::AgentPods, format!("{name} lastState.terminated.finishedAt"), restart.ended_at.to_string())
        .observed(Source::AgentPods, format!("{name} lastState"), decoded.words.clone())
        .found(if decoded.restarts == 1 { "one restart".to_owned() } else { format!("{} restarts", decoded.restarts) })
        .expected("an agent that runs as long as its pod")
        .fixes(remedies)
}
