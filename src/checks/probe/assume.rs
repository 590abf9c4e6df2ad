//! Does EKS Auth give the role for a token of this pod? Asked from here, it leaves out the node, the agent and the way
//! between them.

use crate::advice::words::agent_error::{phrase, remedies};
use crate::checks::{Check, Code, Evaluate, Finding, Strikes, Verdict, association, role};
use crate::evidence::asked::assume::{Answer, Given};
use crate::evidence::kubernetes::agent_log::AgentError;
use crate::evidence::{Association, Evidence, Gap, GapReason, Source};

/// The check.
pub static CHECK: Check = Check {
    code: Code(960),
    name: "probe/assume",
    area: &super::AREA,
    title: "EKS Auth gives the associated role for this pod",
    severity: crate::checks::Severity::Error,
    since: "0.1.0",
    reads: &[Source::Assume, Source::BoundToken, Source::Association, Source::Pod],
    explained_by: &[role::REFUSES, &[&association::exists::CHECK]],
    strikes: Strikes::PodsOnPodIdentity,
    hints_at: &[76],
    symptoms: &["Unauthorized Exception! EKS does not have permissions to assume the associated role."],
    docs: "\
## What it checks
With `--assume`: makes a token of the pod's service account that is bound to the pod and lives for
ten minutes, asks EKS Auth with it from here as the agent would from the node, and asks STS whose
the credentials are. Token and credentials stay in memory and are forgotten; the audit log of the
cluster and CloudTrail tell of the calls. EKS Auth takes only tokens that are bound to a pod, so
there must be one.

## Why it matters
It is the one proof of association and role together that needs neither a shell in the pod nor the
agent's log. It says nothing about the way from the pod to the agent, nor about the node's own
rights.

## How to fix
The error of EKS Auth names what is wrong: a role that cannot be assumed, or an association that
is not there. Where another role comes than that of the association, the association was changed a
moment ago: ask again.

## References
- Amazon EKS Auth API Reference, *AssumeRoleForPodIdentity*
- Kubernetes API Reference, *TokenRequest*
",
    evaluate: Evaluate::Pod(evaluate),
    ..Check::DEFAULT
};

fn evaluate(evidence: &Evidence) -> Result<Verdict, Gap> {
    match evidence.live_pod()? {
        None => return Ok(Verdict::not_applicable("there is no pod, and EKS Auth takes only tokens bound to one")),
        Some(pod) if pod.has_ended() => return Ok(Verdict::not_applicable("the pod has ended")),
        Some(_) => {}
    }
    let assumed = evidence.assume.get()?;
    evidence.bound_token.get()?;
    match &assumed.answer {
        Answer::Refused { code, message } => refused(evidence, code, message),
        Answer::Given(given) => judge(evidence, given),
    }
}

fn refused(evidence: &Evidence, code: &str, message: &str) -> Result<Verdict, Gap> {
    let found = if message.is_empty() { code.to_owned() } else { format!("{code} — {message}") };
    let finding = |words: &str| Finding::error(words).found(found.clone()).expected("credentials for the pod");
    let kind = Answer::kind(code, message);
    match kind {
        AgentError::RoleRefused | AgentError::NotFound => {
            Ok(finding(phrase(kind)).fixes(remedies(evidence, kind)).into())
        }
        // A token that was made a moment ago: it may be the name of another cluster that is asked for.
        AgentError::TokenInvalid => {
            Ok(finding("EKS Auth does not accept a token that the cluster has just made for the pod")
                .suspected()
                .into())
        }
        AgentError::TokenExpired => Err(gap(format!(
            "EKS Auth takes a new token for expired, so the clocks of cluster and AWS differ: {found}"
        ))),
        _ => Err(gap(found)),
    }
}

fn judge(evidence: &Evidence, given: &Given) -> Result<Verdict, Gap> {
    let association = evidence.association.get()?.as_ref();
    let association =
        association.ok_or_else(|| gap("EKS Auth gave credentials, and no association was found".into()))?;
    for arn in std::iter::once(&given.session_arn).chain(&given.caller_arn) {
        if !association.is_served_by(arn) {
            return Ok(Finding::error("EKS Auth gives another role than the association's")
                .observed(Source::Assume, "assumedRoleUser.arn", given.session_arn.clone())
                .found(arn.clone())
                .expected(wanted(association))
                .into());
        }
    }
    match &given.caller_gap {
        Some(words) => Err(gap(format!("EKS Auth gave credentials, and STS did not say whose: {words}"))),
        None => Ok(Verdict::Pass),
    }
}

fn wanted(association: &Association) -> String {
    format!("a session of {}", association.target_role_arn.as_ref().unwrap_or(&association.role_arn))
}

fn gap(detail: String) -> Gap {
    Gap::new(Source::Assume, GapReason::Insufficient, detail)
}
