//! Whether an association was known when the pod was created, and what a person can do about one that is missing.
//!
//! It is separate from the check that finds it missing, which only says so.

use crate::advice::restart::Maker;
use crate::advice::{RoleToName, create_association, restart, use_service_account};
use crate::checks::Remediation;
use crate::checks::association::near_misses::{Difference, NearMiss, in_namespace};
use crate::evidence::kubernetes::metadata::{FULL_URI, TOKEN_NAME};
use crate::evidence::{Associations, Evidence, Pod};
use crate::nearest::nearest;

/// Whether the pod runs as `default` only because nobody named another.
pub fn names_no_account(evidence: &Evidence) -> bool {
    let template = evidence.pod.present().filter(|pod| pod.from_template);
    let unnamed = match template {
        Some(template) => template.spec.service_account_name.is_none(),
        None => {
            evidence.workload().is_some_and(|owner| owner.template_known && owner.template_service_account.is_none())
        }
    };
    unnamed && evidence.service_account_name() == Ok("default")
}

/// The service account that the template names by now, where the pod is of a revision that named another one.
pub fn newer_account(evidence: &Evidence) -> Option<&str> {
    let own = evidence.live_pod().ok()??.service_account();
    let owner = evidence.workload().filter(|owner| owner.template_known)?;
    owner.template_service_account.as_deref().filter(|name| *name != own)
}

/// What to do, in this order; what stands behind an "or" is another way.
pub fn remedies(
    evidence: &Evidence,
    list: &Associations,
    service_account: &str,
    near: &[NearMiss<'_>],
) -> Vec<Remediation> {
    if newer_account(evidence).is_some_and(|name| list.of(&evidence.target.namespace, name).is_some()) {
        return vec![restart(evidence)];
    }
    let mut steps = Vec::new();
    let maker = evidence.live_pod().ok().flatten().and_then(Maker::of);
    if let Some(maker) = maker.filter(|maker| service_account == "default" || maker.brings_credentials()) {
        return vec![maker.advice()];
    }
    if service_account == "default" {
        // A role of `default` is one for every pod of the namespace that names no account.
        steps.push(name_an_account(evidence, list));
        return steps;
    }
    steps.push(create_association(evidence, service_account, role_to_name(near)));
    let other = [Difference::Spelling, Difference::Affix];
    if let Some(near) = near.iter().find(|one| other.contains(&one.differs)) {
        steps.push(use_service_account(evidence, &near.row.service_account).or());
    }
    let runs = !evidence.pod.present().is_some_and(|pod| pod.from_template);
    // A pod with its variables asks again by itself.
    if runs && !was_injected(evidence) && !may_be_copied(evidence) {
        steps.push(restart(evidence));
    }
    steps
}

/// The role of the most telling near miss, unless another one is just as telling: a guess would give the pod a foreign role.
fn role_to_name<'e>(near: &[NearMiss<'e>]) -> RoleToName<'e> {
    match near {
        [] => RoleToName::Unknown,
        [first, second, ..] if first.differs == second.differs => RoleToName::Unknown,
        [first, ..] => RoleToName::OfAssociation(&first.row.association_id),
    }
}

/// A service account is proposed by name only if it is called like the workload: another one's role is another's business.
fn name_an_account(evidence: &Evidence, list: &Associations) -> Remediation {
    let own: Vec<&str> = in_namespace(list, &evidence.target.namespace).collect();
    let workload = evidence.workload().map(|owner| owner.name.as_str());
    let alike = workload.and_then(|name| {
        let same = own.iter().copied().find(|account| *account == name);
        same.or_else(|| nearest(name, own.iter().copied(), 1).first().copied())
    });
    if let Some(account) = alike {
        return use_service_account(evidence, account);
    }
    let place = if evidence.workload().is_some() || evidence.pod.present().is_some_and(|pod| pod.from_template) {
        "in the pod's template"
    } else {
        "where the pod is made: its manifest, or the setting of the program that makes it"
    };
    let does = match own.as_slice() {
        [] => format!("give the pods a service account of their own {place}, and that one an association"),
        own => format!("name the service account that has the association {place}: {}", own.join(", ")),
    };
    Remediation::words(does, "replaces the pods by pods with the name and the rights of that service account")
}

/// Whether a pod has what the webhook gives: the variables in some container, and the token volume.
pub fn is_injected(pod: &Pod) -> bool {
    let volume = pod.spec.volumes.iter().any(|volume| volume.name == TOKEN_NAME);
    volume && pod.containers().any(|container| container.is_injected())
}

/// Whether the webhook gave it here: neither the workload's template nor the manifest of another pod.
pub fn was_injected(evidence: &Evidence) -> bool {
    let templates = evidence.workload().map(|owner| owner.template_containers.as_slice()).unwrap_or_default();
    let preset = templates.iter().any(|container| container.variable(FULL_URI).is_some());
    let by_webhook = |pod: &Pod| is_injected(pod) && pod.metadata.controller().is_some();
    evidence.live_pod().ok().flatten().is_some_and(by_webhook) && !preset
}

/// Whether it came with the manifest of another pod, as nothing rules out for a pod that no template made.
pub fn may_be_copied(evidence: &Evidence) -> bool {
    let copied = |pod: &Pod| is_injected(pod) && pod.metadata.controller().is_none();
    evidence.live_pod().ok().flatten().is_some_and(copied)
}
