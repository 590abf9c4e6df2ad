//! Asks whether the association was changed while the pod was running.
//!
//! It is separate because everything looks right: only caches still hold what was right before.

use jiff::SignedDuration;

use super::missing::is_injected;
use crate::advice::restart;
use crate::checks::{Check, Code, Evaluate, Finding, Milestone, Severity, Verdict};
use crate::duration::in_words;
use crate::evidence::aws::role::Arn;
use crate::evidence::kubernetes::agent_log::LoggedEvent;
use crate::evidence::{Association, Evidence, Gap, GapReason, Source};

/// The check.
pub static CHECK: Check = Check {
    code: Code(230),
    name: "association/unchanged-since-pod",
    area: &super::AREA,
    title: "the association has not changed since the pod was created",
    severity: Severity::Warning,
    since: "0.1.0",
    reads: &[Source::Pod, Source::Association, Source::AgentLog, Source::NodeLog],
    requires: &[&super::exists::CHECK],
    milestones: Some((Milestone::PodCreated, Milestone::AssociationChanged)),
    tells: &[8],
    symptoms: &[
        "GetCallerIdentity still answers with the former role",
        "AccessDenied for an action that the new role allows",
        "Using cached credentials",
    ],
    docs: r"## What it checks
That the association was not changed after the pod was created and within the last 6 hours. It
passes where the agent's log shows that the present role was fetched after the change.

## Why it matters
The agent keeps credentials for up to 3 hours, and SDKs use theirs until they run out: 6 hours, or
59 minutes with a target role. Until then the pod acts as the former role.

## How to fix
Wait, or restart the workload: a new pod has a new token, which no cache knows.

## References
- Amazon EKS user guide, Access AWS resources using EKS Pod Identity target IAM roles:
  https://docs.aws.amazon.com/eks/latest/userguide/pod-id-assign-target-role.html
- aws/eks-pod-identity-agent, `internal/credsretriever/refreshing_cache.go`
",
    evaluate: Evaluate::Pod(evaluate),
    ..Check::DEFAULT
};

/// How long credentials of the former role may live.
const LIFE: SignedDuration = SignedDuration::from_hours(6);
/// The clocks of AWS and of the API server differ by seconds: less than this says nothing.
const CLOCKS: SignedDuration = SignedDuration::from_secs(5);

fn evaluate(evidence: &Evidence) -> Result<Verdict, Gap> {
    let Some(pod) = evidence.live_pod()? else {
        return Ok(Verdict::not_applicable("there is no pod yet"));
    };
    if pod.has_ended() {
        return Ok(Verdict::not_applicable("the pod has ended, so it acts as no role any more"));
    }
    if !is_injected(pod) {
        return Ok(Verdict::not_applicable(
            "the pod has not the variables, so it holds no credentials of a former role",
        ));
    }
    evidence.is_this_cluster(Source::Association)?;
    let gap = |source, words: &str| Gap::new(source, GapReason::Insufficient, words);
    let association = evidence.association.get()?.as_ref();
    let association = association.ok_or_else(|| gap(Source::Association, "the association was not found"))?;
    let (Some(made), Some(changed)) = (association.created_at, association.modified_at) else {
        return Err(gap(Source::Association, "EKS told no createdAt or no modifiedAt"));
    };
    let created = pod.metadata.creation_timestamp;
    let created = created.ok_or_else(|| gap(Source::Pod, "the pod has no creationTimestamp"))?;
    let since = evidence.collected_at.duration_since(changed);
    let was_changed = changed.duration_since(made) > CLOCKS && changed.duration_since(created) > CLOCKS;
    if !was_changed || since >= LIFE || has_fetched(evidence, association) {
        return Ok(Verdict::Pass);
    }
    // A log that was asked for and refused might have shown that the present role was fetched since.
    if let Some(gap) = evidence.serving_log().gap().filter(|gap| gap.reason != GapReason::NotRequested) {
        return Err(gap.clone());
    }
    let role = association.target_role_arn.as_deref().unwrap_or(&association.role_arn);
    let message = format!(
        "the association was changed {} ago, while the pod was running: it may act as the former role",
        in_words(since)
    );
    Ok(Finding::warning(message)
        .observed(Source::Association, "modifiedAt", changed.to_string())
        .observed(Source::Pod, "metadata.creationTimestamp", created.to_string())
        .expected(format!("credentials of {role} — at the latest 6 h after the change"))
        .fix(restart(evidence))
        .into())
}

/// Whether the agent logged that it fetched the present role after the change.
fn has_fetched(evidence: &Evidence, association: &Association) -> bool {
    let Some(changed) = association.modified_at else { return false };
    let present = [Some(association.role_arn.as_str()), association.target_role_arn.as_deref()];
    let is_present = |logged: &str| present.iter().flatten().any(|role| is_same_role(role, logged));
    let Ok(Ok(own)) = evidence.own_log() else { return false };
    own.outcomes.iter().any(|one| {
        one.event == LoggedEvent::Fetched
            && one.role_arn.as_deref().is_some_and(is_present)
            && one.time.duration_since(changed) > CLOCKS
    })
}

/// Whether two ARNs mean one role: that of a session has no path, so the last segment is compared.
fn is_same_role(one: &str, other: &str) -> bool {
    let key = |text| {
        Arn::parse(text)
            .and_then(|arn| Some((arn.partition.to_owned(), arn.account.to_owned(), arn.role_name()?.to_owned())))
    };
    key(one).is_some_and(|one| Some(one) == key(other))
}
