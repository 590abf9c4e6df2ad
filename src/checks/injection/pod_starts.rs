//! Does the pod start at all? It is separate because nothing about credentials can be seen in a container that never ran,
//! and only the pod's events say why.

use crate::checks::{Check, Code, Evaluate, Finding, Remediation, Severity, Strikes, Verdict};
use crate::duration;
use crate::evidence::kubernetes::failed_creation::PodEvent;
use crate::evidence::{Evidence, Gap, Pod, Source};
use crate::findings::remediation::shell;

/// The check.
pub static CHECK: Check = Check {
    code: Code(392),
    name: "injection/pod-starts",
    area: &super::AREA,
    title: "the pod has started",
    severity: Severity::Warning,
    since: "0.1.0",
    reads: &[Source::Pod, Source::PodEvents],
    strikes: Strikes::PodsOnPodIdentity,
    tells: &[149],
    symptoms: &[
        "FailedMount",
        "MountVolume.SetUp failed for volume : rpc error: code = Unknown desc = failed to mount secrets store objects for pod",
        "FailedCreatePodSandBox",
        "An IAM role must be associated with service account",
    ],
    docs: "\
## What it checks
Whether a pod that is on a node for over two minutes has run a container. Where none has, the
warnings among its events are read and quoted. A volume of the secrets-store CSI driver is named:
its AWS provider uses IRSA unless the SecretProviderClass has `usePodIdentity: \"true\"`, and a
pod that cannot mount stays in ContainerCreating.

## Why it matters
A pod that does not start never asks for credentials, so everything else may look right.

## How to fix
Read the event: it names the volume, the image or the network that is missing. For the
secrets-store CSI driver set `usePodIdentity: \"true\"` among the parameters of the
SecretProviderClass, or let the service account use IRSA.

## References
- aws/secrets-store-csi-driver-provider-aws, README (`usePodIdentity`)
- Kubernetes API reference, `Event`
",
    evaluate: Evaluate::Pod(evaluate),
    ..Check::DEFAULT
};

/// How many events are quoted.
const MOST: usize = 3;

fn evaluate(evidence: &Evidence) -> Result<Verdict, Gap> {
    let Some(pod) = evidence.live_pod()? else {
        return Ok(Verdict::not_applicable("there is no pod that could start"));
    };
    let Some(since) = pod.waits_to_start_since(evidence.collected_at) else { return Ok(Verdict::Pass) };
    let uses_driver = pod.is_served_by_secrets_store();
    let events = match evidence.pod_events.get() {
        Ok(events) => events.as_slice(),
        // The volume alone says what to look at; else nothing is known of what it waits for.
        Err(_) if uses_driver => &[],
        Err(gap) => return Err(gap),
    };
    let waiting = duration::in_words(evidence.collected_at.duration_since(since));
    let why = events.first().map(|event| format!(": {}", event.reason.as_str())).unwrap_or_default();
    let driver = if uses_driver { DRIVER } else { "" };
    let start = Finding::warning(format!("no container of the pod has started for {waiting}{why}{driver}")).observed(
        Source::Pod,
        "status.phase",
        "Pending",
    );
    let finding = events.iter().take(MOST).fold(start, |finding, PodEvent { reason, message, .. }| {
        finding.observed(Source::PodEvents, reason.as_str(), message.as_str())
    });
    let finding = finding.expected("a container that runs, within two minutes");
    Ok(finding.fix(if uses_driver { use_pod_identity(pod) } else { look(pod, events) }).into())
}

/// What is known of a pod with such a volume, before any event says more.
const DRIVER: &str = "; it has a volume of the secrets-store CSI driver, whose AWS provider uses IRSA unless the SecretProviderClass has usePodIdentity: \"true\"";

fn use_pod_identity(pod: &Pod) -> Remediation {
    let namespace = shell(&pod.metadata.namespace);
    Remediation::kubectl(
        "set usePodIdentity: \"true\" among the parameters of the SecretProviderClass that the volume names",
        format!("kubectl -n {namespace} get secretproviderclass -o yaml"),
        "the command shows the classes and changes nothing; pods then mount at their next try",
    )
}

/// Only the events tell what it waits for, those of today or the next.
fn look(pod: &Pod, events: &[PodEvent]) -> Remediation {
    let (namespace, name) = (shell(&pod.metadata.namespace), shell(&pod.metadata.name));
    Remediation::kubectl(
        if events.is_empty() { "see what it waits for" } else { "fix what the event names" },
        format!("kubectl -n {namespace} get events --field-selector involvedObject.name={name}"),
        "shows the events and changes nothing",
    )
}
