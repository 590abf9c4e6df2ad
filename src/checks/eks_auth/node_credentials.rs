//! Asks whether the agent has credentials of its own to call EKS Auth with.
//!
//! It is separate from what they are allowed: without them there is no call at all.

use super::standing;
use crate::checks::{Check, Code, Evaluate, Finding, Remediation, Severity, Verdict, agent};
use crate::evidence::agent_error::AgentError;
use crate::evidence::{AgentPod, Evidence, Gap, Source};

/// The check.
pub static CHECK: Check = Check {
    code: Code(730),
    name: "eks-auth/node-credentials",
    title: "the agent has credentials of its own",
    severity: Severity::Error,
    decisive: false,
    since: "0.1.0",
    reads: &[Source::AgentLog, Source::Pod, Source::AgentPods],
    requires: &[&agent::ready::CHECK],
    explained_by: &[],
    symptoms: &[
        "get identity: get credentials: failed to refresh cached credentials, no EC2 IMDS role found",
        "operation error ec2imds: GetMetadata, access disabled to EC2 IMDS via client option",
    ],
    docs: r"## What it checks
Errors in the agent's log that say it has no credentials: no role from the instance metadata service, a refresh that failed. Access keys among
the agent's own variables are a warning: they take the place of the node's role.

## Why it matters
The agent signs its calls with the node's role, or on hybrid nodes with a credentials file. Without them no pod of the node gets
credentials, while the agent stays Ready.

## How to fix
Give the node an instance profile and enable its metadata service. The hop limit may stay at 1, because the agent is on the host's
network. Take access keys out of the daemon set.

## References
- Amazon EKS user guide, 'Set up the EKS Pod Identity Agent' and 'Configure add-ons for hybrid nodes'
- aws/eks-pod-identity-agent, `internal/cloud/eksauth/service.go`
",
    evaluate: Evaluate::Pod(evaluate),
};

fn evaluate(evidence: &Evidence) -> Result<Verdict, Gap> {
    let logged = standing::judge(evidence, Severity::Error, |kind| kind == AgentError::NodeCredentials);
    if matches!(logged, Ok(Verdict::Fail(_))) {
        return logged;
    }
    match evidence.agent_pods.get()?.iter().find(|pod| has_keys(pod)) {
        Some(pod) => Ok(with_keys(pod).into()),
        None => logged,
    }
}

fn has_keys(pod: &AgentPod) -> bool {
    pod.spec.agent().is_some_and(|agent| agent.env.iter().any(|variable| variable.name == "AWS_ACCESS_KEY_ID"))
}

fn with_keys(pod: &AgentPod) -> Finding {
    let name = &pod.metadata.name;
    Finding::warning(format!("the agent pod {name} has access keys of its own"))
        .observed(Source::AgentPods, format!("{name} env"), "AWS_ACCESS_KEY_ID")
        .found("AWS_ACCESS_KEY_ID among the agent's variables")
        .expected("the node's role")
        .fix(Remediation::words(
            "take the access keys out of the agent's daemon set, in whatever installed it",
            "the agent then signs its calls with the node's role",
        ))
}
