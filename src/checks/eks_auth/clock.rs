//! Asks whether the node and AWS agree on the time.
//!
//! It is separate because a wrong clock makes good tokens and good signatures look bad.

use super::standing;
use crate::checks::{Check, Code, Evaluate, Judges, ProvenBy, Severity, Strikes, Success, Verdict, agent};
use crate::evidence::kubernetes::agent_log::AgentError;
use crate::evidence::{Evidence, Gap, Source};

/// The check.
pub static CHECK: Check = Check {
    code: Code(760),
    name: "eks-auth/clock",
    area: &super::AREA,
    title: "node and AWS agree on the time",
    severity: Severity::Error,
    since: "0.1.0",
    reads: &[Source::AgentLog, Source::NodeLog, Source::Pod],
    requires: &[&agent::ready::CHECK],
    strikes: Strikes::PodsOnPodIdentity,
    judges: Judges::AgentLog,
    proven_by: ProvenBy::Success(Success::OfPod),
    tells: &[75],
    symptoms: &[
        "Service account token failed basic claim validations: token is not valid yet",
        "Signature expired",
        "Signature not yet current",
        "RequestExpired",
    ],
    docs: r"## What it checks
Errors in the agent's log that name a time: a signature that has expired or is not yet current, a
token that is not valid yet.

## Why it matters
The agent compares the token with the node's clock, AWS compares the agent's signature with its
own. A node whose clock is minutes off fails both, and whatever is changed in IAM does not help.

## How to fix
Set the node's clock right and let chrony keep it so.

## References
- aws/eks-pod-identity-agent, `internal/validation/request.go`
- Amazon EC2 user guide, 'Precision clock and time synchronization on your EC2 instance'
",
    evaluate: Evaluate::Pod(evaluate),
    ..Check::DEFAULT
};

fn evaluate(evidence: &Evidence) -> Result<Verdict, Gap> {
    standing::judge(evidence, Severity::Error, AgentError::is_about_time)
}
