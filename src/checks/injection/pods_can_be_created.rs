//! Can the pod be made at all once the webhook has changed it? It is separate because there is no pod to look at then: the
//! workload waits, and only events say why.

use crate::advice::template::in_the_manifest;
use crate::advice::words::agent_error::refused;
use crate::checks::{Check, Code, Evaluate, Finding, Severity, Strikes, Verdict};
use crate::evidence::kubernetes::failed_creation::FailedCreation;
use crate::evidence::kubernetes::metadata::{FULL_URI, SKIP_LABEL, TOKEN_FILE, TOKEN_MOUNT_PATH, TOKEN_NAME};
use crate::evidence::kubernetes::pod::ContainerSpec;
use crate::evidence::{Evidence, Gap, Owner, Pod, Refusal, Source};

/// The check.
pub static CHECK: Check = Check {
    code: Code(395),
    name: "injection/pods-can-be-created",
    area: &super::AREA,
    title: "new pods pass admission",
    severity: Severity::Error,
    since: "0.1.0",
    reads: &[Source::Pod, Source::Associations, Source::Owner, Source::Siblings, Source::Events],
    strikes: Strikes::PodsOnPodIdentity,
    tells: &[139],
    symptoms: &[
        "Invalid value: \"/var/run/secrets/pods.eks.amazonaws.com/serviceaccount\": must be unique",
        "Error creating: Pod is invalid: spec.containers[0].volumeMounts[2].mountPath",
        "FailedCreate",
    ],
    docs: "\
## What it checks
Whether the template mounts a volume of its own where the webhook mounts the token, and whether
events of the last hour say that pods could not be created: for that reason, or because of a
quota, Pod Security Standards or an admission webhook. A workload that has all the pods it wants
passes, whatever events say. Events are read for workloads and service accounts, and for pods
whose owner lacks some; nothing but names is kept of them.

## Why it matters
Two mounts at one path make a pod invalid. Nothing is wrong until there is an association; from
then on no pod is made, and only the events of the replica set say why.

## How to fix
Take the volume of its own out of the template: the webhook brings the token.

## References
- aws/amazon-eks-pod-identity-webhook: `pkg/handler/handler.go`
- Kubernetes API reference, `Container` (`mountPath`), `Event`
",
    evaluate: Evaluate::Pod(evaluate),
    ..Check::DEFAULT
};

fn evaluate(evidence: &Evidence) -> Result<Verdict, Gap> {
    let pod = evidence.pod_or_template()?;
    let (mut findings, mut first_gap) = (Vec::new(), None);
    for part in [own_mount(evidence, pod), failures(evidence, pod)] {
        match part {
            Ok(more) => findings.extend(more),
            Err(gap) => first_gap = first_gap.or(Some(gap)),
        }
    }
    match first_gap {
        Some(gap) if findings.is_empty() => Err(gap),
        _ => Ok(Verdict::from_findings(findings)),
    }
}

/// Where the template has a volume of its own at the path of the token.
fn own_mount(evidence: &Evidence, pod: Option<&Pod>) -> Result<Vec<Finding>, Gap> {
    let Some(pod) = pod.filter(|pod| !pod.metadata.labels.contains_key(SKIP_LABEL)) else { return Ok(Vec::new()) };
    let skipped = pod.skipped_names();
    let conflict = |one: &ContainerSpec| {
        let own = |mount: &&_| mount_conflicts(mount);
        let volume = one.volume_mounts.iter().find(own)?.name.clone();
        (!skipped.contains(&one.name) && !sets_everything(one)).then(|| (one.name.clone(), volume))
    };
    let found = match pod.containers().find_map(|container| conflict(container.spec)) {
        None => evidence.owner.get()?.iter().flat_map(Owner::all_template_containers).find_map(conflict),
        found => found,
    };
    let Some((container, volume)) = found else { return Ok(Vec::new()) };
    if evidence.associated()?.is_none() {
        // Without an association the webhook changes nothing.
        return Ok(Vec::new());
    }
    let words = "the pod template mounts a volume of its own where the webhook mounts the token, so no pod can be made";
    let finding = Finding::new(weight(is_injected(pod)), words)
        .at_the_next_pod()
        .found(format!("volume {volume} of container {container} at {TOKEN_MOUNT_PATH}"))
        .expected(format!("nothing there but the volume {TOKEN_NAME} that the webhook adds"))
        .fixes(in_the_manifest(evidence, format!("take volume {volume} away from container {container}")));
    Ok(vec![finding])
}

/// Whether the webhook finds nothing to add to a container, and then adds no mount to it either (`addEnvToContainer`).
fn sets_everything(container: &ContainerSpec) -> bool {
    let sets = |names: &[&str]| names.iter().any(|name| container.variable(name).is_some());
    sets(&[FULL_URI, TOKEN_FILE])
        && sets(&["AWS_REGION", "AWS_DEFAULT_REGION"])
        && sets(&["AWS_STS_REGIONAL_ENDPOINTS"])
}

fn mount_conflicts(mount: &crate::evidence::kubernetes::pod::VolumeMount) -> bool {
    // The API server compares paths letter by letter, and the webhook keeps a mount of the name of its own.
    mount.mount_path == TOKEN_MOUNT_PATH && mount.name != TOKEN_NAME
}

/// What events say, unless the workload has all its pods by now.
fn failures(evidence: &Evidence, pod: Option<&Pod>) -> Result<Vec<Finding>, Gap> {
    let has_all = evidence.owner.get()?.as_ref().is_some_and(|owner| owner.missing_pods == Some(0));
    let failures = evidence.own_failed_creations()?;
    if has_all {
        return Ok(Vec::new());
    }
    let siblings = evidence.siblings.known().map(|siblings| siblings.pods.as_slice()).unwrap_or_default();
    let injected = pod.is_some_and(is_injected) || siblings.iter().any(|one| one.has_variables);
    let is_live = pod.is_some_and(|pod| !pod.from_template) || !siblings.is_empty();
    let severity = |refusal: &Refusal| match refusal {
        Refusal::TokenPath(_) => weight(injected),
        _ => weight(is_live),
    };
    // A pod that the same owner has made since says that it can.
    let maker = pod.and_then(|pod| pod.metadata.controller());
    let made = pod.filter(|pod| !pod.from_template).and_then(|pod| pod.metadata.creation_timestamp);
    let is_over = |failure: &&FailedCreation| {
        let own = maker.is_some_and(|maker| maker.kind == failure.owner_kind && maker.name == failure.owner_name);
        own && made.zip(failure.last_seen).is_some_and(|(made, seen)| made > seen)
    };
    let failures = failures.into_iter().filter(|failure| !is_over(failure));
    let told = |failure: &FailedCreation| refused(evidence, severity(&failure.refusal), failure).at_the_next_pod();
    Ok(failures.map(told).collect())
}

/// What stops only the next pod is a warning.
fn weight(is_there: bool) -> Severity {
    if is_there { Severity::Warning } else { Severity::Error }
}

fn is_injected(pod: &Pod) -> bool {
    !pod.from_template && pod.containers().any(|container| container.is_injected())
}
