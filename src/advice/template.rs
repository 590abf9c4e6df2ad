//! Changes of a pod template, and where the template is kept.

use serde_json::{Value, json};

use super::restart;
use super::restart::waits_for_a_person;
use crate::evidence::Evidence;
use crate::findings::remediation::{Remediation, shell};
use crate::reasoning::pod::variable_origin::Origin;
use crate::target::TargetKind;

/// A workload whose pod template can be edited in place.
struct Editable {
    /// As kubectl takes it: `deployment/api`.
    resource: String,
    /// Whether it is a cron job, whose pods come with its next run.
    is_cron_job: bool,
    /// Whether its pods stay as they are until a person replaces them.
    waits: bool,
}

/// Part of a pod template's metadata.
#[derive(Debug, Clone, Copy)]
pub enum Part {
    /// A label.
    Label,
    /// An annotation.
    Annotation,
}

fn editable(evidence: &Evidence) -> Option<Editable> {
    // What the cluster has under this name may work as it is.
    if evidence.target.is_written {
        return None;
    }
    let (kind, name) = match evidence.workload() {
        // Others have kinds of the same names, which kubectl does not mean by them.
        Some(owner) if !owner.api_version.starts_with("apps/") && !owner.api_version.starts_with("batch/") => {
            return None;
        }
        Some(owner) => (TargetKind::parse(&owner.kind)?, owner.name.as_str()),
        None => (evidence.target.kind, evidence.target.name.as_str()),
    };
    let known =
        matches!(kind, TargetKind::Deployment | TargetKind::StatefulSet | TargetKind::DaemonSet | TargetKind::CronJob);
    known.then(|| Editable {
        resource: format!("{}/{}", kind.resource(), shell(name)),
        is_cron_job: kind == TargetKind::CronJob,
        waits: waits_for_a_person(evidence),
    })
}

impl Editable {
    /// The change, and behind it the restart where the change alone brings none.
    fn edit(&self, evidence: &Evidence, does: String, command: String) -> Vec<Remediation> {
        let change = Remediation::kubectl(does, command, self.changes());
        std::iter::once(change).chain(self.waits.then(|| restart(evidence))).collect()
    }

    fn changes(&self) -> String {
        let resource = &self.resource;
        let when = match (self.is_cron_job, self.waits) {
            (true, _) => "takes effect with its next run",
            (_, true) => "replaces no pod yet",
            _ => "replaces its pods",
        };
        format!("changes the pod template of {resource} and {when}; a manifest kept elsewhere needs the same change")
    }
}

/// Takes variables away where they come from: out of a `ConfigMap` or a Secret, and out of the template.
pub fn remove_variables(evidence: &Evidence, container: &str, set: &[(&str, &Origin)]) -> Vec<Remediation> {
    let mut fixes: Vec<Remediation> = set.iter().filter_map(|(_, origin)| remove_key(evidence, origin)).collect();
    let in_env: Vec<&str> =
        set.iter().filter(|(_, origin)| matches!(origin, Origin::Env(_))).map(|(name, _)| *name).collect();
    let mut needs_restart = !fixes.is_empty();
    if !in_env.is_empty() {
        fixes.extend(unset_variables(evidence, container, &in_env));
        // Editing the template replaces the pods, and what cannot be edited has its own restart.
        needs_restart = false;
    }
    fixes.extend(needs_restart.then(|| restart(evidence)));
    fixes
}

fn remove_key(evidence: &Evidence, origin: &Origin) -> Option<Remediation> {
    let Origin::EnvFrom { kind, name, key } = origin else { return None };
    let kind = kind.word();
    let patch = json!({ "data": { key: null } }).to_string();
    Some(Remediation::kubectl(
        format!("remove key {key} from {kind} {name}"),
        format!(
            "kubectl -n {} patch {} {} --type=merge -p {}",
            shell(&evidence.target.namespace),
            kind.to_lowercase(),
            shell(name),
            shell(&patch)
        ),
        format!("everything that reads {kind} {name} loses the key"),
    ))
}

/// Takes variables out of one container of the template; in words, with the restart last, where it cannot be edited or
/// is not what sets them.
pub fn unset_variables(evidence: &Evidence, container: &str, names: &[&str]) -> Vec<Remediation> {
    let what = names.join(" and ");
    if template_sets(evidence, container, names) == Some(false) {
        let does =
            format!("find what sets {what} in container {container}: another mutating webhook, or an older template");
        let words = Remediation::words(does, "the next pod is made without it once that is gone");
        return vec![words, restart(evidence)];
    }
    let does = format!("remove {what} from container {container}");
    let Some(workload) = editable(evidence) else { return in_the_manifest(evidence, does) };
    let namespace = shell(&evidence.target.namespace);
    let unset: Vec<String> = names.iter().map(|name| format!("{name}-")).collect();
    let command =
        format!("kubectl -n {namespace} set env {} -c {} {}", workload.resource, shell(container), unset.join(" "));
    workload.edit(evidence, does, command)
}

/// Sets a variable in one container of the template; in words, with the restart last, where it cannot be edited.
pub fn set_variable(evidence: &Evidence, container: &str, name: &str, value: &str) -> Vec<Remediation> {
    set_variables(evidence, container, &[(name, value)])
}

/// Sets several variables in one container at once, so that its pods are replaced once.
pub fn set_variables(evidence: &Evidence, container: &str, variables: &[(&str, &str)]) -> Vec<Remediation> {
    let each: Vec<String> = variables.iter().map(|(name, value)| format!("{name} to {value}")).collect();
    let does = format!("set {} in container {container}", each.join(" and "));
    let Some(workload) = editable(evidence) else { return in_the_manifest(evidence, does) };
    let namespace = shell(&evidence.target.namespace);
    let words: Vec<String> = variables.iter().map(|(name, value)| shell(&format!("{name}={value}"))).collect();
    let command =
        format!("kubectl -n {namespace} set env {} -c {} {}", workload.resource, shell(container), words.join(" "));
    workload.edit(evidence, does, command)
}

/// Takes a label or an annotation off the template, or gives it another value.
pub fn change_metadata(evidence: &Evidence, part: Part, key: &str, value: Option<&str>) -> Vec<Remediation> {
    let (word, field) = match part {
        Part::Label => ("label", "labels"),
        Part::Annotation => ("annotation", "annotations"),
    };
    let bare = evidence.pod.present().is_some_and(|pod| !pod.from_template && pod.metadata.controller().is_none());
    let place = if bare { "manifest of the pod" } else { "pod template" };
    let does = match value {
        Some(value) => format!("set the {word} {key} to {value} in the {place}"),
        None => format!("remove the {word} {key} from the {place}"),
    };
    let Some(workload) = editable(evidence) else { return in_the_manifest(evidence, does) };
    let template: Value = json!({ "template": { "metadata": { field: { key: value } } } });
    let patch = if workload.is_cron_job {
        json!({ "spec": { "jobTemplate": { "spec": template } } })
    } else {
        json!({ "spec": template })
    };
    let command = format!(
        "kubectl -n {} patch {} --type=merge -p {}",
        shell(&evidence.target.namespace),
        workload.resource,
        shell(&patch.to_string())
    );
    workload.edit(evidence, does, command)
}

/// Says in words what to change where the pods are described, and then how they are replaced.
pub fn in_the_manifest(evidence: &Evidence, does: String) -> Vec<Remediation> {
    let words = "changes what the next pod is made from; nothing changes for the pods that are there";
    vec![Remediation::words(does, words), restart(evidence)]
}

/// Whether the template was read and sets one of these variables in this container; `None` where it was not read.
pub fn template_sets(evidence: &Evidence, container: &str, names: &[&str]) -> Option<bool> {
    let pod = evidence.pod.present()?;
    if pod.from_template {
        return Some(true);
    }
    let owner = evidence.workload().filter(|owner| owner.template_known)?;
    let own = owner.all_template_containers().filter(|one| one.name == container);
    Some(own.flat_map(|one| &one.env).any(|variable| names.contains(&variable.name.as_str())))
}

/// Stands in a command where a real name is not known; it fails loudly when pasted.
const UNKNOWN_CLUSTER: &str = "CLUSTER";

/// The name of the EKS cluster for a command.
pub fn cluster_name(evidence: &Evidence) -> &str {
    evidence.cluster_name().unwrap_or(UNKNOWN_CLUSTER)
}

/// The `--region …` that a command needs to mean the same cluster anywhere; empty where the region is not known.
pub fn region_option(evidence: &Evidence) -> String {
    let region = evidence.context.region.as_ref().map(|region| region.value.as_str());
    region.map(|region| format!(" --region {}", shell(region))).unwrap_or_default()
}
