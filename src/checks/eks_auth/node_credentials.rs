//! Asks whether the agent has the node's credentials to call EKS Auth with.
//!
//! It is separate from what they are allowed: without them there is no call at all.

use super::standing;
use crate::checks::{
    Check, Code, Evaluate, Finding, Judges, ProvenBy, Remediation, Severity, Strikes, Success, Verdict, agent,
};
use crate::evidence::kubernetes::agent_log::AgentError;
use crate::evidence::{AgentPod, Evidence, Gap, Source};

/// The check.
pub static CHECK: Check = Check {
    code: Code(730),
    name: "eks-auth/node-credentials",
    area: &super::AREA,
    title: "the agent has the node's credentials",
    severity: Severity::Error,
    since: "0.1.0",
    reads: &[Source::AgentLog, Source::NodeLog, Source::Pod, Source::AgentPods],
    requires: &[&agent::ready::CHECK],
    strikes: Strikes::PodsOnPodIdentity,
    judges: Judges::AgentLog,
    proven_by: ProvenBy::Success(Success::OfNode),
    tells: &[67, 68],
    symptoms: &[
        "get identity: get credentials: failed to refresh cached credentials, no EC2 IMDS role found",
        "operation error ec2imds: GetMetadata, access disabled to EC2 IMDS via client option",
    ],
    docs: r"## What it checks
Errors in the agent's log that say it has no credentials: no role from the instance metadata
service, a refresh that failed. Variables of the agent pod that take the place of the node's role
are a warning: access keys, web identity, or Pod Identity itself, which the webhook writes where
the agent's own service account has an association. One that was made after the agent pod is seen
when that is replaced.

## Why it matters
The agent signs its calls with the node's role, or on hybrid nodes with a credentials file.
Without them no pod of the node gets credentials, while the agent stays Ready.

## How to fix
Give the node an instance profile and enable its metadata service. The hop limit may stay at 1,
because the agent is on the host's network. Take access keys out of the daemon set.

## References
- Amazon EKS user guide, 'Set up the EKS Pod Identity Agent' and 'Configure add-ons for hybrid
  nodes'
- aws/eks-pod-identity-agent, `internal/cloud/eksauth/service.go`
",
    evaluate: Evaluate::Pod(evaluate),
    ..Check::DEFAULT
};

fn evaluate(evidence: &Evidence) -> Result<Verdict, Gap> {
    let logged = standing::judge(evidence, Severity::Error, |kind| kind == AgentError::NodeCredentials);
    if matches!(logged, Ok(Verdict::Fail(_))) {
        return logged;
    }
    let found = evidence.agent_pods.get()?.iter().find_map(|pod| Some((pod, foreign(pod)?)));
    match found {
        Some((pod, foreign)) => Ok(finding(pod, foreign).into()),
        None => logged,
    }
}

/// What outranks the role of the node: the variable, what it is, and what to do.
struct Foreign {
    variable: &'static str,
    brings: &'static str,
    remedy: &'static str,
}

/// In the order in which the agent's SDK takes them.
static FOREIGN: &[Foreign] = &[
    Foreign {
        variable: "AWS_ACCESS_KEY_ID",
        brings: "access keys of its own",
        remedy: "take the access keys out of the agent's daemon set, in whatever installed it",
    },
    Foreign {
        variable: "AWS_WEB_IDENTITY_TOKEN_FILE",
        brings: "a role of its own by web identity",
        remedy: "take the role annotation off the agent's service account, then replace the agent pods",
    },
    Foreign {
        variable: "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        brings: "a Pod Identity association of its own, so it asks itself",
        remedy: "delete the association of the agent's own service account, then replace the agent pods",
    },
];

fn foreign(pod: &AgentPod) -> Option<&'static Foreign> {
    let agent = pod.spec.agent()?;
    FOREIGN.iter().find(|one| agent.variable(one.variable).is_some())
}

fn finding(pod: &AgentPod, foreign: &Foreign) -> Finding {
    let name = &pod.metadata.name;
    Finding::warning(format!("the agent pod {name} has {}", foreign.brings))
        .observed(Source::AgentPods, format!("{name} env"), foreign.variable)
        .found(format!("{} among the agent's variables", foreign.variable))
        .expected("the node's role")
        .fix(Remediation::words(foreign.remedy, "the agent then signs its calls with the node's role"))
}
