//! Asks whether the token that the pod sends is accepted, by the agent and by EKS Auth.
//!
//! It is separate from how the token is projected: here counts what the client really sent.

use crate::advice::words::agent_error::{finding, recurring};
use crate::checks::{
    Check, Code, Evaluate, Judges, ProvenBy, Severity, Strikes, Success, Verdict, agent, association, injection,
};
use crate::evidence::{Evidence, Gap, Source};

/// The check.
pub static CHECK: Check = Check {
    code: Code(750),
    name: "eks-auth/token-accepted",
    area: &super::AREA,
    title: "the pod's token is accepted",
    severity: Severity::Error,
    since: "0.1.0",
    reads: &[Source::AgentLog, Source::NodeLog, Source::Pod],
    requires: &[&agent::ready::CHECK],
    explained_by: &[&[
        &association::service_account::CHECK,
        &association::service_account_unchanged::CHECK,
        &injection::token::CHECK,
        &super::clock::CHECK,
    ]],
    strikes: Strikes::PodsOnPodIdentity,
    judges: Judges::AgentLog,
    proven_by: ProvenBy::Success(Success::OfPod),
    tells: &[96, 97, 98, 99, 103, 105],
    hints_at: &[15, 102],
    symptoms: &[
        "Service account token cannot be empty",
        "Service account token cannot be parsed: token is malformed: could not base64 decode header: illegal base64 data at input byte 6",
        "Service account token failed basic claim validations: token is expired",
        "Service account token missing kubernetes.io claims",
        "ExpiredTokenException: The token included in the request is expired: current date/time",
        "InvalidTokenException",
    ],
    docs: r"## What it checks
That the last answer to the pod is no refusal of its token: empty, not a token (`Bearer ` before
it), expired, not bound to a pod, for another audience, or not accepted by EKS Auth. Several
programs may share the address of a pod: that one is served does not cure what another one sends
wrongly three times or more. Refusals that follow the renewal of credentials of ended pods are
usual and do not count.

## Why it matters
The client decides what it sends. Old SDKs do not know the token file, some read it once and keep
it for longer than it is valid.

## How to fix
Send the content of the file in `AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE` as it is, read anew for
each request; a current SDK does.

## References
- aws/eks-pod-identity-agent, `internal/validation/request.go`; issue 89
- boto/botocore issues 3117 and 3480; n8n-io/n8n issue 23584; aws/aws-sdk-php issue 3188
",
    evaluate: Evaluate::Pod(evaluate),
    ..Check::DEFAULT
};

fn evaluate(evidence: &Evidence) -> Result<Verdict, Gap> {
    let own = match evidence.own_log()? {
        Ok(own) => own,
        Err(why) => return Ok(Verdict::not_applicable(why)),
    };
    if own.last_answer().is_none() {
        return Ok(Verdict::not_applicable("the log has no answered request of the pod"));
    }
    if let Some(error) = own.recurring_error().filter(|(kind, ..)| kind.is_about_token()) {
        return Ok(recurring(evidence, error).into());
    }
    match own.last_error().filter(|(kind, _)| kind.is_about_token()) {
        Some((kind, outcome)) => Ok(finding(evidence, Severity::Error, kind, outcome).into()),
        None => Ok(Verdict::Pass),
    }
}
