//! What is noted of a pod where a whole cluster is listed: what it got, and whether its SDKs use it.

use crate::evidence::inventory::{Injection, PodLife, PodNote};
use crate::evidence::kubernetes::metadata::{FULL_URI, SKIP_LABEL, TOKEN_FILE};
use crate::evidence::kubernetes::pod_status::PodStatus;
use crate::evidence::{Container, Context, Evidence, Gap, Pod, Reading};
use crate::reasoning::credential_chain::setting::METADATA_DISABLED;
use crate::reasoning::credential_chain::{CredentialChain, CredentialSource, Outcome, Winner};
use crate::reasoning::pod::questions::compute_of_pod;
use crate::target::{Target, TargetKind};

/// Notes a pod.
pub fn of(pod: Pod) -> PodNote {
    let injection = injection(&pod);
    let has_web_identity = pod.containers().any(|one| one.has_web_identity_variables());
    PodNote {
        has_web_identity,
        life: match pod.metadata.deletion_timestamp {
            _ if pod.has_ended() => PodLife::Ended,
            Some(_) => PodLife::Terminating,
            None => PodLife::Running,
        },
        namespace: pod.metadata.namespace.clone(),
        name: pod.metadata.name.clone(),
        service_account: pod.service_account().to_owned(),
        created_at: pod.metadata.creation_timestamp,
        owner: pod.metadata.controller().cloned(),
        injection,
        is_shadowed: injection == Injection::Injected && is_shadowed(pod),
    }
}

/// What the webhook gave. A container that the annotation names does not count.
fn injection(pod: &Pod) -> Injection {
    if pod.containers().any(|one| one.is_injected()) {
        return Injection::Injected;
    }
    let is_left_out =
        pod.metadata.labels.contains_key(SKIP_LABEL) || pod.is_mirror() || compute_of_pod(pod).is_some() || {
            let skipped = pod.skipped_names();
            pod.containers().all(|one| skipped.contains(&one.name))
        };
    if is_left_out { Injection::LeftOut } else { Injection::Lacking }
}

/// Whether the SDKs of a container with the variables surely use something else. What Secrets and files hold is not known
/// here, and settles nothing.
fn is_shadowed(pod: Pod) -> bool {
    // Only variables that decide are kept at all: with those of Pod Identity alone nothing can outrank it.
    let is_plain = |one: &Container<'_>| one.env.iter().all(|variable| OWN.contains(&variable.name.as_str()));
    if pod.containers().all(|one| is_plain(&one)) {
        return false;
    }
    let target = Target {
        kind: TargetKind::Pod,
        namespace: pod.metadata.namespace.clone(),
        name: pod.metadata.name.clone(),
        is_selected: true,
        is_written: false,
    };
    let created = pod.metadata.creation_timestamp.unwrap_or_default();
    let unread = |source| Gap::not_requested(source, "a list reads pods only");
    let mut evidence = Evidence::unread(target, Context::default(), created, unread);
    evidence.pod = Reading::Known(Some(Pod { status: PodStatus::default(), ..pod }));
    let uses_another = |winner: &Winner| match &winner.outcome {
        Ok(Outcome::Takes { source, .. }) => *source != CredentialSource::PodIdentity,
        _ => false,
    };
    let Ok(containers) = evidence.containers() else { return false };
    containers
        .iter()
        .filter(|one| one.is_injected())
        .any(|one| measured(&evidence.credential_chain(one)).all(uses_another))
}

fn measured(chain: &CredentialChain) -> impl Iterator<Item = &Winner> {
    chain.winners.iter().filter(|winner| winner.sdk.is_measured())
}

/// Variables that outrank nothing.
const OWN: [&str; 6] =
    [FULL_URI, TOKEN_FILE, METADATA_DISABLED, "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_STS_REGIONAL_ENDPOINTS"];
