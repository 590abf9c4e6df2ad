//! What an event about a pod that could not be created means, and what a person can do about it.

use crate::advice::template::in_the_manifest;
use crate::evidence::kubernetes::metadata::TOKEN_MOUNT_PATH;
use crate::evidence::{Evidence, FailedCreation, Refusal, Source};
use crate::findings::remediation::shell;
use crate::findings::{Finding, Remediation, Severity};

/// Tells one failure.
pub fn refused(evidence: &Evidence, severity: Severity, failure: &FailedCreation) -> Finding {
    let FailedCreation { owner_kind, owner_name, last_seen, refusal } = failure;
    let seen = last_seen.map_or_else(|| "at a time that is not told".to_owned(), |time| format!("last {time}"));
    let finding = Finding::new(severity, format!("{owner_kind} {owner_name} cannot create pods — {}", why(refusal)))
        .observed(Source::Events, "FailedCreate", seen);
    match refusal {
        Refusal::TokenPath(field) => finding
            .found(format!("{field} is a second mount at {TOKEN_MOUNT_PATH}"))
            .expected("one mount there, which the webhook adds")
            .fixes(in_the_manifest(
                evidence,
                format!("take the volume mounted at {TOKEN_MOUNT_PATH} out of the template"),
            )),
        _ => finding.fix(Remediation::kubectl(
            "read what the events say",
            format!("kubectl -n {} get events --field-selector reason=FailedCreate", shell(&evidence.target.namespace)),
            "nothing; what stops the pods is not up to Pod Identity",
        )),
    }
}

fn why(refusal: &Refusal) -> String {
    match refusal {
        Refusal::TokenPath(_) => "two volumes are mounted where the token belongs".to_owned(),
        Refusal::Quota(name) => format!("quota {name} is used up"),
        Refusal::PodSecurity(level) => format!("Pod Security Standards forbid it at level {level}"),
        Refusal::WebhookDenied(name) => format!("admission webhook {name} refuses them"),
        Refusal::WebhookFailed(name) => format!("admission webhook {name} does not answer"),
        Refusal::Other => "for a reason that the events tell".to_owned(),
    }
}
