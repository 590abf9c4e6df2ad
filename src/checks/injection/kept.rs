//! Did something undo what the webhook did? It is separate from missing variables because the pod's label shows that the
//! webhook was there, so a restart alone would come to the same.

use crate::advice::restart;
use crate::checks::{Check, Code, Evaluate, Finding, Remediation, Severity, Strikes, Verdict, association};
use crate::evidence::kubernetes::metadata::{INJECTED_LABEL, TOKEN_NAME, WEBHOOK_CONFIGURATION};
use crate::evidence::kubernetes::pod::ContainerKind;
use crate::evidence::kubernetes::webhook::others_for;
use crate::evidence::{Container, Evidence, Gap, Owner, Pod, Source};

/// The check.
pub static CHECK: Check = Check {
    code: Code(390),
    name: "injection/kept",
    area: &super::AREA,
    title: "nothing took the variables away after injection",
    severity: Severity::Error,
    since: "0.1.0",
    reads: &[Source::Pod, Source::Owner, Source::Job],
    // A label that was copied with a manifest shows nothing where something else kept the webhook away.
    explained_by: &[&[
        &association::exists::CHECK,
        &association::created_before_pod::CHECK,
        &super::webhook::CHECK,
        &super::pod_selected::CHECK,
    ]],
    strikes: Strikes::PodsOnPodIdentity,
    tells: &[24, 26],
    symptoms: &[
        "Unable to locate credentials, although the pod has the label eks.amazonaws.com/pod-identity=enabled",
        "the sidecar has no credentials, the application has",
    ],
    docs: "\
## What it checks
A container without the variables in a pod that the webhook has labelled
`eks.amazonaws.com/pod-identity=enabled`, where neither an exclusion nor a preset variable
accounts for it. A label that stands in the pod template shows nothing and is not counted; on a
pod that nothing owns it may have been copied, so there the finding is only suspected.

## Why it matters
Mutating webhooks are called one after the other. One that comes later can write the containers
anew, or add a container that the Pod Identity webhook never sees.

## How to fix
Let the other webhook keep what it finds, or let the Pod Identity webhook be called again behind
it (`reinvocationPolicy: IfNeeded`, as EKS sets it up).

## References
- Kubernetes documentation, *Dynamic Admission Control*, reinvocation policy
- aws/amazon-eks-pod-identity-webhook: `pkg/handler/handler.go`, `deploy/mutatingwebhook.yaml`
",
    evaluate: Evaluate::Container(evaluate),
    ..Check::DEFAULT
};

/// The most webhooks that are named.
const MOST_NAMES: usize = 5;

fn evaluate(evidence: &Evidence, container: Container<'_>) -> Result<Verdict, Gap> {
    let Some(pod) = evidence.live_pod()? else {
        return Ok(Verdict::not_applicable("no pod was made yet, so nothing could be taken away"));
    };
    if container.has_pod_identity_variables() {
        return Ok(Verdict::Pass);
    }
    if pod.skipped_names().contains(&container.name) {
        return Ok(Verdict::not_applicable("the container is left out by annotation"));
    }
    let Some(value) = pod.metadata.labels.get(INJECTED_LABEL) else {
        return Ok(Verdict::not_applicable("nothing shows that the webhook has changed the pod"));
    };
    let owner = match (evidence.owner.get()?, evidence.job.get()?) {
        (_, Some(job)) => Some(job),
        (owner, None) => owner.as_ref(),
    };
    let owner = owner.filter(|owner| owner.template_known);
    if owner.is_some_and(|owner| owner.template_labels.contains_key(INJECTED_LABEL)) {
        return Ok(Verdict::not_applicable("the label comes from the pod template, so it shows nothing"));
    }
    let finding =
        undone(pod, &container, owner).observed(Source::Pod, format!("metadata.labels[{INJECTED_LABEL}]"), value);
    let finding = with_candidates(finding, evidence, pod);
    // A template that changed since says nothing of where the container came from.
    let is_sure = owner.is_some_and(|owner| !(owner.may_have_a_newer_template() && is_added(owner, &container)));
    Ok(if is_sure { finding } else { finding.suspected() }.fix(restart(evidence)).into())
}

/// What must have happened: the container came later, or it lost what it had.
fn undone(pod: &Pod, container: &Container<'_>, owner: Option<&Owner>) -> Finding {
    let mut main = pod.containers().filter(|one| one.kind == ContainerKind::Main && one.name != container.name);
    let others_are_whole = main.next().is_some_and(|one| one.is_injected()) && main.all(|one| one.is_injected());
    let is_added = owner.is_some_and(|owner| is_added(owner, container));
    // No main container starts before an init container has ended well.
    let is_spare = is_added && container.kind != ContainerKind::Init || container.kind == ContainerKind::Sidecar;
    let severity =
        if is_spare && others_are_whole && !container.asked_for { Severity::Warning } else { Severity::Error };
    let mounted = container.spec.volume_mounts.iter().any(|mount| mount.name == TOKEN_NAME);
    let words = if is_added {
        "the container was added after the Pod Identity webhook had changed the pod"
    } else {
        "something took the credential variables away after the Pod Identity webhook had given them"
    };
    let mount = if mounted { "a mount of the token" } else { "no mount of the token" };
    Finding::new(severity, words)
        .found(format!("neither credential variable, and {mount}"))
        .expected("both variables and the mount, as the webhook gives them to every container that it sees")
}

/// Whether the template does not have the container.
fn is_added(owner: &Owner, container: &Container<'_>) -> bool {
    owner.all_template_containers().all(|one| one.name != container.name)
}

/// Names the webhooks that may have done it, as far as they may be read.
fn with_candidates(finding: Finding, evidence: &Evidence, pod: &Pod) -> Finding {
    let changes = "the webhook's owner decides; pods made from then on keep the variables";
    let does = |who: &str| format!("let {who} keep the variables and mounts that it finds in a pod");
    let Some(configurations) = evidence.webhooks.known() else {
        let finding = finding.fix(Remediation::words(does("the webhook that overwrites containers"), changes));
        return match evidence.webhooks.gap() {
            Some(gap) => finding.also_unknown(gap.clone()),
            None => finding,
        };
    };
    let namespace = evidence.namespace.present().map(|namespace| &namespace.metadata.labels);
    let names = others_for(configurations, &pod.metadata.labels, namespace);
    match names.as_slice() {
        [] => finding.observed(Source::Webhooks, "webhooks for pods", format!("none but {WEBHOOK_CONFIGURATION}")).fix(
            Remediation::words(
                "find what changes pods while they are created",
                "no other webhook is there now; on a pod that nothing owns the label may be a copy",
            ),
        ),
        [only] => finding
            .observed(Source::Webhooks, "webhooks for pods", *only)
            .fix(Remediation::words(does(&format!("webhook {only}")), changes)),
        several => {
            let first: Vec<&str> = several.iter().take(MOST_NAMES).copied().collect();
            let more = several.len() - first.len();
            let tail = if more > 0 { format!(" and {more} more") } else { String::new() };
            finding
                .observed(Source::Webhooks, "webhooks for pods", format!("{}{tail}", first.join(", ")))
                .fix(Remediation::words(does("the one of these webhooks that overwrites containers"), changes))
        }
    }
}
