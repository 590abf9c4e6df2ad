//! Why a container has no variables of IRSA, and what puts them there.
//!
//! It is separate from finding them missing. The checks of area injection are about Pod Identity, and of one webhook that
//! writes both kinds of variables only this much matters here.

use crate::checks::Remediation;
use crate::checks::fixes::template::{Part, change_metadata};
use crate::checks::fixes::{restart, webhook::create_webhook_configuration};
use crate::evidence::pod_identity::{SKIP_CONTAINERS, SKIP_LABEL, WEBHOOK};
use crate::evidence::{Container, Evidence, Pod};

/// What keeps the variables out.
enum Obstacle {
    Label,
    Annotation,
    NoWebhook,
    YoungerAccount,
    Older,
}

fn obstacle(evidence: &Evidence, pod: &Pod, container: &Container<'_>) -> Obstacle {
    let has_webhook = |all: &Vec<crate::evidence::WebhookConfiguration>| {
        all.iter().any(|configuration| configuration.webhooks.iter().any(|webhook| webhook.name == WEBHOOK))
    };
    let account = evidence.service_account.present().and_then(|account| account.metadata.creation_timestamp);
    if pod.metadata.labels.contains_key(SKIP_LABEL) {
        Obstacle::Label
    } else if pod.skipped_names().contains(&container.name) {
        Obstacle::Annotation
    } else if evidence.webhooks.known().is_some_and(|all| !has_webhook(all)) {
        Obstacle::NoWebhook
    } else if account.zip(pod.metadata.creation_timestamp).is_some_and(|(account, pod)| account > pod) {
        Obstacle::YoungerAccount
    } else {
        Obstacle::Older
    }
}

/// Says why, as far as it can be seen: when an annotation was set, nothing tells.
pub fn reason(evidence: &Evidence, pod: &Pod, container: &Container<'_>) -> String {
    match obstacle(evidence, pod, container) {
        Obstacle::Label => format!("the pod's label {SKIP_LABEL}, which keeps the webhook away"),
        Obstacle::Annotation => format!("the pod's annotation {SKIP_CONTAINERS}, which leaves the container out"),
        Obstacle::NoWebhook => format!("no webhook {WEBHOOK}, which writes the variables"),
        Obstacle::YoungerAccount => "a service account that was made after the pod".to_owned(),
        Obstacle::Older => "a pod that is probably older than the annotation of its service account".to_owned(),
    }
}

/// What puts the variables there, the restart last.
pub fn remedies(evidence: &Evidence, pod: &Pod, container: &Container<'_>) -> Vec<Remediation> {
    match obstacle(evidence, pod, container) {
        Obstacle::Label => change_metadata(evidence, Part::Label, SKIP_LABEL, None),
        Obstacle::Annotation => change_metadata(evidence, Part::Annotation, SKIP_CONTAINERS, None),
        Obstacle::NoWebhook => vec![create_webhook_configuration(evidence), restart(evidence)],
        Obstacle::YoungerAccount | Obstacle::Older => vec![restart(evidence)],
    }
}
