//! Asks whether the service account is still the one that the pod was made with.
//!
//! It is separate from whether there is one: a namesake does not take over the tokens of the one that was deleted.

use jiff::SignedDuration;

use crate::advice::restart;
use crate::checks::{Check, Code, Evaluate, Finding, Milestone, Severity, Verdict};
use crate::evidence::kubernetes::metadata::AUDIENCE;
use crate::evidence::{Evidence, Gap, GapReason, Pod, Source};

/// The check.
pub static CHECK: Check = Check {
    code: Code(260),
    name: "association/service-account-unchanged",
    area: &super::AREA,
    title: "the pod is not older than its service account",
    severity: Severity::Error,
    since: "0.1.0",
    reads: &[Source::Pod, Source::ServiceAccount],
    requires: &[&super::service_account::CHECK],
    milestones: Some((Milestone::PodCreated, Milestone::ServiceAccountCreated)),
    tells: &[15],
    symptoms: &["InvalidTokenException", "service account UID does not match claim", "serviceaccount not found"],
    docs: r"## What it checks
That the service account was not created after the pod, within the life of a token: later every
token names the present account. It is an error where the last answer in the agent's log refuses
the pod's token as invalid, and a note otherwise.

## Why it matters
A pod that is older than its service account was made with one that was deleted since. Its tokens
name the identity of the former one, and are refused; so the pod works until its credentials have
to be renewed.

## How to fix
Restart the workload.

## References
- Kubernetes documentation, Managing Service Accounts (bound tokens)
- Amazon EKS API reference, AssumeRoleForPodIdentity
",
    evaluate: Evaluate::Pod(evaluate),
    ..Check::DEFAULT
};

/// What EKS Auth answers for a token that it does not accept.
const REFUSED: &str = "InvalidToken";

/// How long a token lives at most, after which every one in use names the present service account.
fn token_life(pod: &Pod) -> SignedDuration {
    const LONGEST: i64 = 86_400;
    let tokens = pod.spec.volumes.iter().filter_map(|volume| volume.projected.as_ref()).flat_map(|all| &all.sources);
    let own = tokens.filter_map(|source| source.service_account_token.as_ref());
    let life =
        own.filter(|token| token.audience.as_deref() == Some(AUDIENCE)).find_map(|token| token.expiration_seconds);
    SignedDuration::from_secs(life.unwrap_or(LONGEST))
}

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
    let life = token_life(pod);
    if made <= created || evidence.collected_at.duration_since(made) > life {
        return Ok(Verdict::Pass);
    }
    let answer = evidence.own_log().ok().and_then(Result::ok).and_then(|own| own.last_answer());
    let refused = answer.and_then(|one| {
        let error = one.error.as_deref().filter(|error| error.contains(REFUSED))?;
        Some((one.time, error))
    });
    let name = &account.metadata.name;
    let finding = match refused {
        Some((time, error)) => Finding::error(format!(
            "service account {name} was created again after the pod, and the pod's token is refused"
        ))
        .observed(evidence.log_source(), time.to_string(), error),
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
