//! Asks whether the role that the agent serves is the one of the association.
//!
//! It is separate from the trust in the role: everything may be set well while the session is still the former role's.

use jiff::SignedDuration;

use crate::advice;
use crate::advice::words::agent_error::clock;
use crate::checks::{
    AsOf, Check, Code, Evaluate, Finding, Judges, ProvenBy, Severity, Strikes, Success, Verdict, association,
};
use crate::evidence::kubernetes::agent_log::{LoggedEvent, LoggedOutcome};
use crate::evidence::{Evidence, Gap, Source};

/// The check.
pub static CHECK: Check = Check {
    code: Code(870),
    name: "role/in-effect",
    area: &super::AREA,
    title: "the agent serves the associated role",
    severity: Severity::Warning,
    since: "0.1.0",
    reads: &[Source::AgentLog, Source::NodeLog, Source::Node, Source::Association, Source::Pod],
    requires: &[&association::exists::CHECK],
    explained_by: &[&[&association::unchanged_since_pod::CHECK]],
    strikes: Strikes::PodsOnPodIdentity,
    as_of: AsOf::Now,
    judges: Judges::AgentLog,
    proven_by: ProvenBy::Success(Success::OfRole),
    hints_at: &[8],
    symptoms: &["the pod still has the permissions of the role that the association named before"],
    docs: r"## What it checks
That the role in the last `Successfully fetched credentials` of the pod is the association's role
or its target role. Partition, account and name are compared; a session's ARN has no path.

## Why it matters
The agent keeps credentials for up to 3 h and SDKs for up to 6 h (59 minutes with a target role).
A pod goes on as the former role until they are renewed.

## How to fix
Restart the workload: a new pod has a new token, and the agent fetches credentials anew for it.

## References
- Amazon EKS user guide, 'Access AWS resources using EKS Pod Identity target IAM roles'
- aws/eks-pod-identity-agent, `internal/credsretriever/refreshing_cache.go`
",
    evaluate: Evaluate::Pod(evaluate),
    ..Check::DEFAULT
};

/// How long credentials live at most.
const LIFE: SignedDuration = SignedDuration::from_hours(6);

fn evaluate(evidence: &Evidence) -> Result<Verdict, Gap> {
    let Some(association) = evidence.association.get()? else {
        return Ok(Verdict::not_applicable("there is no association"));
    };
    let own = match evidence.own_log()? {
        Ok(own) => own,
        Err(why) => return Ok(Verdict::not_applicable(why)),
    };
    let lives = |outcome: &&&LoggedOutcome| own.age(outcome) <= LIFE;
    let fetched = own.outcomes.iter().rev().filter(|outcome| outcome.event == LoggedEvent::Fetched).filter(lives);
    let mut named = fetched.filter_map(|outcome| Some((outcome.time, outcome.role_arn.as_deref()?)));
    let Some((time, served)) = named.next() else {
        return Ok(Verdict::not_applicable(
            "the log does not name a role that was fetched for the pod in the last 6 h",
        ));
    };
    if association.is_served_by(served) {
        return Ok(Verdict::Pass);
    }
    let wanted = association.target_role_arn.as_deref().unwrap_or(&association.role_arn);
    Ok(Finding::warning("the agent serves another role than the association names")
        .observed(evidence.log_source(), format!("fetched_role_arn {}", clock(time)), served)
        .observed(Source::Association, "roleArn", &association.role_arn)
        .found(served)
        .expected(format!("a session of {wanted}"))
        .fix(advice::restart(evidence))
        .into())
}
