//! Who would not let a new pod be created, told from the API server's words.
//!
//! Sources: `k8s.io/apiserver` (`admission/plugin/webhook`, `admission/plugin/policy`, `admission/plugin/resourcequota`),
//! `k8s.io/kubernetes` (`plugin/pkg/admission`), `k8s.io/pod-security-admission`.

use crate::collect::access::clients::{ApiStatus, KubernetesError};
use crate::evidence::asked::canary::DryRun;
use crate::evidence::asked::foreign_text::ForeignText;
use crate::evidence::{Gap, Source};

/// How much of a refusal is kept, in characters.
const LIMIT: usize = 400;
/// How plug-ins of the API server word their refusals, and who they are.
const PLUG_INS: &[(&str, &str)] = &[
    ("error looking up service account", "the API server"),
    ("because it is being terminated", "the API server"),
    ("violates PodSecurity", "PodSecurity"),
    ("exceeded quota", "a quota"),
    ("failed quota", "a quota"),
    ("ValidatingAdmissionPolicy", "a ValidatingAdmissionPolicy"),
    (" usage per Container", "a LimitRange"),
    (" usage per Pod", "a LimitRange"),
    (" limit to request ratio per ", "a LimitRange"),
];

/// What a failed call tells of a dry-run; a gap where the user may not ask for one.
pub fn read(error: &KubernetesError) -> Result<DryRun, Gap> {
    let Some(status) = error.status() else { return Ok(DryRun::Unanswered(bounded(&error.to_string()))) };
    let words = status.message.as_str();
    if is_of_rights(words) || error.is_unauthorized() {
        return Err(crate::collect::gap::of_kubernetes(Source::Canary, error));
    }
    if let Some(webhook) = quoted(words, "admission webhook ") {
        return Ok(of_webhook(webhook, words));
    }
    if let Some(webhook) = quoted(words, "failed calling webhook ") {
        return Ok(refused(&format!("admission webhook \"{webhook}\""), words));
    }
    let plug_in = PLUG_INS.iter().find(|(part, _)| words.contains(part));
    Ok(match plug_in {
        Some((_, by)) => refused(by, words),
        None if is_verdict(status) => refused("the API server", words),
        None => DryRun::Unanswered(bounded(words)),
    })
}

/// Whether a quota only wants to be told how much the pod needs.
pub fn wants_resources(error: &KubernetesError) -> bool {
    let text = error.status().map(|status| status.message.as_str()).unwrap_or_default();
    text.contains("failed quota") && text.contains("must specify")
}

/// A webhook that is not to be called in a dry-run says nothing about a real pod.
fn of_webhook(webhook: &str, words: &str) -> DryRun {
    if words.contains("does not support dry run") {
        let why = "it does not support dry-runs, so that the API server answers none";
        return DryRun::Unanswered(bounded(&format!("admission webhook \"{webhook}\": {why}")));
    }
    let said = words.split_once("denied the request").map_or(words, |(_, said)| said.trim_start_matches(':').trim());
    let said = if said.is_empty() { "without an explanation" } else { said };
    DryRun::Refused { by: format!("admission webhook \"{}\"", bounded(webhook)), message: bounded(said) }
}

fn refused(by: &str, words: &str) -> DryRun {
    // The name is made up for each dry-run: `pods "podid-canary-x7k2p" is forbidden: …`
    let said = words.split_once("is forbidden: ").map_or(words, |(_, said)| said);
    DryRun::Refused { by: bounded(by), message: bounded(said) }
}

/// Whether the user lacks the right: `pods is forbidden: User "jo" cannot create resource "pods" …`
fn is_of_rights(words: &str) -> bool {
    words.contains("is forbidden: User ") && words.contains(" cannot create resource ")
}

/// Whether the API server judged the pod: an invalid one, one in a namespace that is not there, one that is forbidden.
fn is_verdict(status: &ApiStatus) -> bool {
    matches!(status.code, 400 | 403 | 404 | 409 | 422)
}

fn quoted<'a>(words: &'a str, before: &str) -> Option<&'a str> {
    let (_, rest) = words.split_once(before)?;
    rest.strip_prefix('"')?.split_once('"').map(|(name, _)| name)
}

/// One line, of a length that can be read.
fn bounded(words: &str) -> String {
    let words = ForeignText::new(&words.split_whitespace().collect::<Vec<_>>().join(" "));
    let words = String::from(words);
    if words.chars().count() <= LIMIT {
        return words;
    }
    words.chars().take(LIMIT).chain(" …".chars()).collect()
}
