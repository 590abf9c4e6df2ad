//! Asks whether calls to EKS Auth are throttled.
//!
//! It is separate because nothing is set wrongly then: there are too many calls, and some pods are served late.

use super::standing;
use crate::advice::words::agent_error::{clock, finding};
use crate::checks::{Check, Code, Evaluate, Judges, ProvenBy, Severity, Strikes, Success, Verdict, agent};
use crate::evidence::kubernetes::agent_log::AgentError;
use crate::evidence::{Evidence, Gap, Source};

/// The check.
pub static CHECK: Check = Check {
    code: Code(740),
    name: "eks-auth/not-throttled",
    area: &super::AREA,
    title: "requests to EKS Auth are not throttled",
    severity: Severity::Error,
    since: "0.1.0",
    reads: &[Source::AgentLog, Source::NodeLog, Source::Pod],
    requires: &[&agent::ready::CHECK],
    strikes: Strikes::PodsOnPodIdentity,
    judges: Judges::AgentLog,
    proven_by: ProvenBy::Success(Success::OfPod),
    tells: &[71, 72, 73],
    symptoms: &[
        "ThrottlingException: Rate exceeded",
        "Rate limited! Will try to keep creds locally",
        "Received non 200 response 429 from container metadata: Too Many Requests",
    ],
    docs: r"## What it checks
Throttling in the agent's log, for this pod or within the last hour for the node:
`ThrottlingException`, `Rate limited`, HTTP 429. While nothing was served since it is an error;
served since, a warning for an hour, because throttling comes and goes.

## Why it matters
The rate of `AssumeRoleForPodIdentity` is limited for each account. Each new pod is one call, and
with agents before 0.2 each rotated token too, so bursts of new pods get their credentials late or
not at all.

## How to fix
Fewer short-lived pods, one SDK session for each process, longer token lifetimes, agent 0.2 or
later, or a higher quota by a support case.

## References
- Amazon EKS API reference, AssumeRoleForPodIdentity
- aws/eks-pod-identity-agent, `internal/credsretriever/refreshing_cache.go`; issues 50, 92, 97,
  171
",
    evaluate: Evaluate::Pod(evaluate),
    ..Check::DEFAULT
};

fn evaluate(evidence: &Evidence) -> Result<Verdict, Gap> {
    let standing = standing::judge(evidence, Severity::Error, |kind| kind == AgentError::Throttled);
    if !matches!(standing, Ok(Verdict::Pass)) {
        return standing;
    }
    let Ok(own) = evidence.own_log()? else { return standing };
    // What comes and goes is not cured by one answer.
    let Some((kind, last)) = own.throttled_lately().filter(|_| own.last_error().is_none()) else { return standing };
    let mut finding = finding(evidence, Severity::Warning, kind, last);
    finding.message = format!("{} at {}, and the pod was served since", finding.message, clock(last.time));
    Ok(finding.into())
}
