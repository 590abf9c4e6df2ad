//! Why a container has no variables of IRSA, and what puts them there.
//!
//! It is separate from finding them missing. One webhook writes both kinds of variables, so the checks of area injection
//! that look at the webhook are asked here as well.

use crate::advice::restart;
use crate::advice::template::{Part, change_metadata, unset_variables};
use crate::checks::{Check, Evaluate, Finding, Remediation, Severity, Verdict, injection};
use crate::evidence::kubernetes::metadata::{ROLE_ARN, SKIP_CONTAINERS, SKIP_LABEL, WEB_IDENTITY_TOKEN_FILE};
use crate::evidence::{Container, Evidence, Pod};

/// What keeps the variables out.
enum Obstacle {
    /// One of the two is there already.
    Preset(&'static str),
    /// The webhook does not see the pod, as a check of area injection says.
    Webhook(Box<Finding>),
    /// The label is there, and whether it counts could not be read.
    Label,
    Annotation,
    YoungerAccount,
    Older,
}

fn obstacle(evidence: &Evidence, pod: &Pod, container: &Container<'_>) -> Obstacle {
    let unseen =
        || failure(&injection::pod_selected::CHECK, evidence).or(failure(&injection::webhook::CHECK, evidence));
    let account = evidence.service_account.present().and_then(|account| account.metadata.creation_timestamp);
    if let Some(finding) = unseen() {
        Obstacle::Webhook(Box::new(finding))
    } else if evidence.webhooks.known().is_none() && pod.metadata.labels.contains_key(SKIP_LABEL) {
        Obstacle::Label
    } else if pod.skipped_names().contains(&container.name) {
        Obstacle::Annotation
    } else if let Some(name) =
        [ROLE_ARN, WEB_IDENTITY_TOKEN_FILE].into_iter().find(|one| container.variable(one).is_some())
    {
        Obstacle::Preset(name)
    } else if account.zip(pod.metadata.creation_timestamp).is_some_and(|(account, pod)| account > pod) {
        Obstacle::YoungerAccount
    } else {
        Obstacle::Older
    }
}

/// What a check says against the pod, if it surely fails.
fn failure(check: &Check, evidence: &Evidence) -> Option<Finding> {
    let Evaluate::Pod(evaluate) = check.evaluate else { return None };
    let Ok(Verdict::Fail(findings)) = evaluate(evidence) else { return None };
    findings.as_slice().iter().find(|finding| finding.severity > Severity::Note).cloned()
}

/// Says why, as far as it can be seen: when an annotation was set, nothing tells.
pub fn reason(evidence: &Evidence, pod: &Pod, container: &Container<'_>) -> String {
    match obstacle(evidence, pod, container) {
        Obstacle::Preset(name) => format!("{name} in the container's own env, so the webhook adds neither variable"),
        Obstacle::Webhook(finding) => finding.message,
        Obstacle::Label => format!("the pod's label {SKIP_LABEL}, which keeps the webhook away in most clusters"),
        Obstacle::Annotation => format!("the pod's annotation {SKIP_CONTAINERS}, which leaves the container out"),
        Obstacle::YoungerAccount => "a service account that was made after the pod".to_owned(),
        Obstacle::Older => "a pod that is probably older than the annotation of its service account".to_owned(),
    }
}

/// What puts the variables there, the restart last.
pub fn remedies(evidence: &Evidence, pod: &Pod, container: &Container<'_>) -> Vec<Remediation> {
    match obstacle(evidence, pod, container) {
        Obstacle::Preset(name) => unset_variables(evidence, &container.name, &[name]),
        Obstacle::Webhook(finding) => finding.remediation,
        Obstacle::Label => change_metadata(evidence, Part::Label, SKIP_LABEL, None),
        Obstacle::Annotation => change_metadata(evidence, Part::Annotation, SKIP_CONTAINERS, None),
        Obstacle::YoungerAccount | Obstacle::Older => vec![restart(evidence)],
    }
}
