//! Asks whether the service account is still the one that the pod was made with.
//!
//! It is separate from whether there is one: a namesake does not take over the tokens of the one that was deleted.

use crate::checks::fixes::restart;
use crate::checks::{Check, Code, Evaluate, Finding, Severity, Verdict};
use crate::evidence::{Evidence, Gap, GapReason, Source};

/// The check.
pub static CHECK: Check = Check {
    code: Code(260),
    name: "association/service-account-unchanged",
    title: "the pod is not older than its service account",
    severity: Severity::Error,
    decisive: false,
    since: "0.1.0",
    reads: &[Source::Pod, Source::ServiceAccount],
    requires: &[&super::service_account::CHECK],
    explained_by: &[],
    symptoms: &["InvalidTokenException", "service account UID does not match claim", "serviceaccount not found"],
    docs: r"## What it checks
That the service account was not created after the pod. It is an error where the agent's log shows that the pod's token was refused as
invalid, and a note otherwise.

## Why it matters
A pod that is older than its service account was made with one that was deleted since. Its tokens name the identity of the former
one, and are refused; so the pod works until its credentials have to be renewed.

## How to fix
Restart the workload.

## References
- Kubernetes documentation, Managing Service Accounts (bound tokens)
- Amazon EKS API reference, AssumeRoleForPodIdentity
",
    evaluate: Evaluate::Pod(evaluate),
};

/// What EKS Auth answers for a token that it does not accept.
const REFUSED: &str = "InvalidToken";

fn evaluate(evidence: &Evidence) -> Result<Verdict, Gap> {
    let Some(pod) = evidence.live_pod()? else {
        return Ok(Verdict::not_applicable("there is no pod yet"));
    };
    let Some(account) = evidence.service_account.get()? else {
        return Err(Gap::new(Source::ServiceAccount, GapReason::Insufficient, "the service account does not exist"));
    };
    let missing = |source| Gap::new(source, GapReason::Insufficient, "it has no creationTimestamp");
    let made = account.metadata.creation_timestamp.ok_or_else(|| missing(Source::ServiceAccount))?;
    let created = pod.metadata.creation_timestamp.ok_or_else(|| missing(Source::Pod))?;
    if made <= created {
        return Ok(Verdict::Pass);
    }
    let outcomes = evidence.agent_log.known().map(|log| log.outcomes.as_slice()).unwrap_or_default();
    let refused = outcomes.iter().filter(|one| one.time >= created).find_map(|one| {
        let error = one.error.as_deref().filter(|error| error.contains(REFUSED))?;
        Some((one.time, error))
    });
    let name = &account.metadata.name;
    let finding = match refused {
        Some((time, error)) => Finding::error(format!(
            "service account {name} was created again after the pod, and the pod's token is refused"
        ))
        .observed(Source::AgentLog, time.to_string(), error),
        None => Finding::note(format!(
            "service account {name} was created again after the pod, whose token names the former one"
        )),
    };
    Ok(finding
        .observed(Source::ServiceAccount, "metadata.creationTimestamp", made.to_string())
        .observed(Source::Pod, "metadata.creationTimestamp", created.to_string())
        .expected("a pod that is younger than its service account")
        .fix(restart(evidence))
        .into())
}
