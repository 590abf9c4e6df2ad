//! Asks whether the association was there, and known to the webhook, when the pod was created.
//!
//! It is separate from whether there is one: both are there, each looks right alone, and only a new pod helps.

use jiff::SignedDuration;

use super::missing::is_injected;
use crate::advice::restart;
use crate::checks::{Check, Code, Evaluate, Finding, Milestone, Severity, Verdict, cluster, injection};
use crate::duration::in_words;
use crate::evidence::kubernetes::metadata::ROLE_ARN;
use crate::evidence::{Association, Container, Evidence, Gap, GapReason, Pod, Source};

/// The check.
pub static CHECK: Check = Check {
    code: Code(220),
    name: "association/created-before-pod",
    area: &super::AREA,
    title: "the association is older than the pod",
    severity: Severity::Error,
    since: "0.1.0",
    reads: &[Source::Pod, Source::Association],
    requires: &[&super::exists::CHECK],
    explained_by: &[injection::PREVENTS, &[&cluster::node_supported::CHECK]],
    milestones: Some((Milestone::AssociationCreated, Milestone::PodCreated)),
    tells: &[2, 3, 146],
    hints_at: &[28],
    is_common: true,
    symptoms: &[
        "Unable to locate credentials, although the association exists",
        "the first pods after an installation get no credentials, later ones do",
    ],
    docs: r"## What it checks
That a container without the variables belongs to a pod that was created at least a minute after
the association. What counts is the creation of the pod, not its start: suspended, gated and
queued pods are created early. A container that the annotation `skip-containers` leaves out does
not count.

## Why it matters
The webhook changes pods only while they are created, and it learns of a new association some
seconds later. A pod that was there before never gets the variables. A pod that still has those of
IAM roles for service accounts goes on with its old role.

## How to fix
Restart the workload. Where both are made in one go, wait some seconds between the association and
the workload.

## References
- Amazon EKS user guide, Learn how EKS Pod Identity grants pods access to AWS services:
  https://docs.aws.amazon.com/eks/latest/userguide/pod-identities.html
- aws/amazon-eks-pod-identity-webhook, `pkg/handler/handler.go`; aws/containers-roadmap issue 2245
",
    evaluate: Evaluate::Pod(evaluate),
    ..Check::DEFAULT
};

/// How long the webhook may need to learn of a new association.
pub const PROPAGATION: SignedDuration = SignedDuration::from_secs(60);
/// The clocks of AWS and of the API server differ by seconds: less than this says nothing about which came first.
const CLOCKS: SignedDuration = SignedDuration::from_secs(5);

fn evaluate(evidence: &Evidence) -> Result<Verdict, Gap> {
    let Some(pod) = evidence.live_pod()? else {
        return Ok(Verdict::not_applicable(
            "there is no pod yet, and every new pod will be younger than the association",
        ));
    };
    let lacking = lacking(pod);
    if lacking.is_empty() || is_injected(pod) {
        return Ok(Verdict::Pass);
    }
    evidence.is_this_cluster(Source::Association)?;
    let gap = |source, words: &str| Gap::new(source, GapReason::Insufficient, words);
    let association = evidence.association.get()?.as_ref();
    let association = association.ok_or_else(|| gap(Source::Association, "the association was not found"))?;
    let made = association.created_at.ok_or_else(|| gap(Source::Association, "EKS told no createdAt"))?;
    let created =
        pod.metadata.creation_timestamp.ok_or_else(|| gap(Source::Pod, "the pod has no creationTimestamp"))?;
    let ahead = created.duration_since(made);
    if ahead >= PROPAGATION {
        return Ok(Verdict::Pass);
    }
    let finding = if lacking.iter().all(Container::has_web_identity_variables) {
        still_on_irsa(association, &lacking)
    } else {
        let names: Vec<&str> = lacking.iter().map(|container| container.name.as_str()).collect();
        Finding::error(too_early(ahead)).found(format!("no variables in {}", names.join(", ")))
    };
    Ok(finding
        .observed(Source::Association, "createdAt", made.to_string())
        .observed(Source::Pod, "metadata.creationTimestamp", created.to_string())
        .expected("a pod that was created at least a minute after its association")
        .fix(restart(evidence))
        .into())
}

/// The containers that ought to have the variables and have none.
fn lacking(pod: &Pod) -> Vec<Container<'_>> {
    let skipped = pod.skipped_names();
    pod.containers().filter(|one| !one.has_pod_identity_variables() && !skipped.contains(&one.name)).collect()
}

fn too_early(ahead: SignedDuration) -> String {
    let span = in_words(ahead);
    if ahead <= -CLOCKS {
        format!("the association was made {span} after the pod, and variables are injected only when a pod is created")
    } else if ahead < CLOCKS {
        "the pod and its association were made at the same time, and the webhook did not know the association yet"
            .to_owned()
    } else {
        format!("the pod was created {span} after its association, which had not yet propagated to the webhook")
    }
}

fn still_on_irsa(association: &Association, lacking: &[Container<'_>]) -> Finding {
    let role = association.target_role_arn.as_deref().unwrap_or(&association.role_arn);
    let now = lacking.iter().find_map(|container| container.variable(ROLE_ARN)?.text()).unwrap_or("unknown");
    let next =
        if now == role { "moves it to Pod Identity with the same role" } else { &format!("switches it to {role}") };
    Finding::warning(format!("the pod is still on IRSA; the next restart {next}"))
        .observed(Source::Pod, ROLE_ARN, now)
        .found(format!("variables of IAM roles for service accounts for {now}"))
}
