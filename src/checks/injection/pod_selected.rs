//! Does something in the pod itself keep the webhook away from it? It is separate from the webhook's own state because
//! here the workload is at fault, not the cluster.

use crate::advice::restart;
use crate::advice::template::{Part, change_metadata, in_the_manifest};
use crate::checks::{Check, Code, Evaluate, Finding, Remediation, Severity, Strikes, Verdict};
use crate::evidence::kubernetes::metadata::SKIP_LABEL;
use crate::evidence::kubernetes::network_policy::Match;
use crate::evidence::kubernetes::webhook::pod_identity;
use crate::evidence::{Evidence, Gap, Pod, Source};

/// The check.
pub static CHECK: Check = Check {
    code: Code(320),
    name: "injection/pod-selected",
    area: &super::AREA,
    title: "nothing excludes the pod from injection",
    severity: Severity::Error,
    since: "0.1.0",
    reads: &[Source::Pod, Source::Webhooks],
    strikes: Strikes::PodsOnPodIdentity,
    tells: &[17, 29],
    symptoms: &[
        "Unable to locate credentials",
        "eks.amazonaws.com/skip-pod-identity-webhook",
        "pods of one workload get no AWS_CONTAINER_CREDENTIALS_FULL_URI, others of the namespace do",
    ],
    docs: "\
## What it checks
That the object selector of the webhook, as it is in the cluster, matches the pod's labels. As EKS
sets it up it leaves out every pod with the label `eks.amazonaws.com/skip-pod-identity-webhook`,
also with the value `false` or none. Older clusters have an empty selector and obey no label, so
without the selector this stays unknown. Static pods are left out by Kubernetes: they cannot use a
service account. A pod that has its variables passes.

## Why it matters
The webhook is not called for such a pod, so it starts without its variables, and no event tells.

## How to fix
Remove the label from the pod template of the workload; its pods are then replaced. Run a static
pod as a normal one.

## References
- aws/amazon-eks-pod-identity-webhook: `deploy/mutatingwebhook.yaml`, `README.md`
- Kubernetes documentation, *Create static Pods*
",
    evaluate: Evaluate::Pod(evaluate),
    ..Check::DEFAULT
};

fn evaluate(evidence: &Evidence) -> Result<Verdict, Gap> {
    let Some(pod) = evidence.pod_or_template()? else {
        return Ok(Verdict::not_applicable("there is no pod that could be excluded"));
    };
    if !pod.from_template && pod.containers().any(|container| container.is_injected()) {
        return Ok(Verdict::Pass);
    }
    if pod.is_mirror() {
        let does = "take its manifest off the node and run it as a normal pod, of a daemon set for one on each node";
        return Ok(Finding::error("the pod is a static pod, and static pods cannot use a service account")
            .observed(Source::Pod, "metadata.annotations", "kubernetes.io/config.mirror")
            .fix(Remediation::words(does, "the kubelet ends the static pod, and the new one passes the webhook"))
            .into());
    }
    let configurations = evidence.webhooks.get().map_err(|gap| with_label(gap, pod))?;
    let labels = &pod.metadata.labels;
    let mut answers: Vec<Match> = pod_identity(configurations)
        .into_iter()
        .map(|(_, webhook)| webhook.object_selector.as_ref().map_or(Match::Yes, |selector| selector.evaluate(labels)))
        .collect();
    // One that selects the pod is enough, whatever stands beside it.
    answers.sort_by_key(|answer| match answer {
        Match::Yes => 0,
        Match::Undecided(_) => 1,
        Match::No(_) => 2,
    });
    match answers.into_iter().next() {
        None => Ok(Verdict::not_applicable("there is no webhook that could select the pod")),
        Some(Match::Yes) => Ok(Verdict::Pass),
        Some(Match::No(clause)) => Ok(excluded(evidence, pod, &clause).into()),
        Some(Match::Undecided(clause)) => {
            Err(Gap::undecidable(Source::Webhooks, format!("objectSelector has {clause}")))
        }
    }
}

fn excluded(evidence: &Evidence, pod: &Pod, clause: &str) -> Finding {
    let Some(value) = pod.metadata.labels.get(SKIP_LABEL).filter(|_| clause.starts_with(SKIP_LABEL)) else {
        let does = format!("give the pod template labels that match {clause}, or edit objectSelector of the webhook");
        return Finding::error("the webhook's object selector does not match the pod's labels")
            .observed(Source::Webhooks, "objectSelector", clause)
            .fixes(in_the_manifest(evidence, does));
    };
    let finding = Finding::error(format!("the label {SKIP_LABEL} keeps the webhook away from the pod"))
        .observed(Source::Webhooks, "objectSelector", clause)
        .found(format!("{SKIP_LABEL}={value}"))
        .expected("no such label: any value excludes, also false");
    let template = evidence.workload().filter(|owner| owner.template_known && !pod.from_template);
    if template.is_some_and(|owner| !owner.template_labels.contains_key(SKIP_LABEL)) {
        let does = "find what sets the label, which is not in the pod template: another mutating webhook, an older template, or a person";
        return finding
            .fix(Remediation::words(does, "the next pod is made without it once that is gone"))
            .fix(restart(evidence));
    }
    finding.fixes(change_metadata(evidence, Part::Label, SKIP_LABEL, None))
}

/// Tells of the label where the selector could not be read.
///
/// It stays a gap: whether the label counts is up to the selector, and a failure must never come from what was not read.
fn with_label(mut gap: Gap, pod: &Pod) -> Gap {
    if pod.metadata.labels.contains_key(SKIP_LABEL) {
        gap.detail = format!(
            "{}; the pod has the label {SKIP_LABEL}, which the selector leaves out in most clusters",
            gap.detail
        );
    }
    gap
}
