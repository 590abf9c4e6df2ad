//! The restarts that stale pods need: a command for each workload, in an order that breaks nothing.

use std::collections::HashMap;

use crate::advice;
use crate::evidence::inventory::PodNote;
use crate::evidence::kubernetes::pod::{ContainerSpec, PodSpec};
use crate::evidence::kubernetes::pod_status::PodStatus;
use crate::evidence::{Association, Evidence, Inventory, Metadata, Owner, Pod, Reading};
use crate::findings::remediation::shell;
use crate::findings::{FixFormat, Remediation};
use crate::report::inventory::{AssociationRow, InventoryReport, RowDecision};
use crate::target::{Target, TargetKind};

use super::account;
use super::rows::is_stale;

/// The owners of a pod as they were read: the workload, and separately the job.
pub type Owners = (Reading<Option<Owner>>, Reading<Option<Owner>>);

/// The stale pods of one owner, or one that nothing made.
#[derive(Debug, Clone, PartialEq)]
pub struct StalePods {
    /// The first of them.
    pub pod: Pod,
    /// The names of the others.
    pub others: Vec<String>,
    /// Their service account's row, by its place in the report.
    pub row: usize,
}

/// The stale pods by what made them, in the order of the rows.
pub fn stale_pods(inventory: &Inventory, report: &InventoryReport) -> Vec<StalePods> {
    let rows: HashMap<(&str, &str), usize> = report
        .rows
        .iter()
        .enumerate()
        .map(|(index, row)| ((row.namespace.as_str(), row.service_account.as_str()), index))
        .collect();
    let mut found: Vec<StalePods> = Vec::new();
    let mut makers: HashMap<(&str, &str, &str), usize> = HashMap::new();
    for note in inventory.pods.known().into_iter().flatten().filter(|pod| !pod.has_ended) {
        let Some(row) = rows.get(&(note.namespace.as_str(), note.service_account.as_str())) else { continue };
        if is_stale(note, inventory.association_of(&report.rows[*row])) != Some(true) {
            continue;
        }
        let maker =
            note.owner.as_ref().map(|owner| (note.namespace.as_str(), owner.kind.as_str(), owner.name.as_str()));
        if let Some(known) = maker.and_then(|maker| makers.get(&maker)) {
            found[*known].others.push(note.name.clone());
            continue;
        }
        makers.extend(maker.map(|maker| (maker, found.len())));
        found.push(StalePods { pod: as_pod(note), others: Vec::new(), row: *row });
    }
    found.sort_by_key(|pods| pods.row);
    found
}

fn as_pod(note: &PodNote) -> Pod {
    Pod {
        metadata: Metadata {
            name: note.name.clone(),
            namespace: note.namespace.clone(),
            creation_timestamp: note.created_at,
            owner_references: note.owner.iter().cloned().collect(),
            ..Metadata::default()
        },
        spec: PodSpec {
            service_account_name: Some(note.service_account.clone()),
            // Which containers there are was not kept; that some lack the variables is known.
            containers: vec![ContainerSpec::default()],
            ..PodSpec::default()
        },
        status: PodStatus::default(),
        from_template: false,
    }
}

/// A line of the plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// A command to run.
    Command(String),
    /// What a person has to do, or why nothing is done.
    Words(String),
}

/// The plan: commands first for what `kubectl rollout` restarts one by one, then for what it does not.
///
/// A workload whose role does not let EKS in is not restarted: its pods may still act by what they got before.
pub fn plan(inventory: &Inventory, report: &InventoryReport, pods: &[(StalePods, Owners)]) -> Vec<Line> {
    let mut lines: Vec<(Rank, Line)> = Vec::new();
    for (stale, owners) in pods {
        let Some(row) = report.rows.get(stale.row) else { continue };
        let wanted = match obstacle(row) {
            Some(words) => vec![(Rank::Left, Line::Words(words))],
            None => restarts(inventory, row, stale, owners),
        };
        for line in wanted {
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
    }
    lines.sort_by_key(|(rank, _)| *rank);
    lines.into_iter().map(|(_, line)| line).collect()
}

/// In which order lines stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    /// Replaces pods one after the other.
    Rollout,
    /// Deletes something.
    Deletes,
    /// Needs a person.
    Person,
    /// Is left as it is.
    Left,
}

/// Why a restart could break what works.
fn obstacle(row: &AssociationRow) -> Option<String> {
    let AssociationRow { namespace, service_account: name, .. } = row;
    let trust = row.trust.as_ref().filter(|trust| trust.decision != RowDecision::Allowed)?;
    let why = match trust.decision {
        RowDecision::Undecided => "whether its role lets EKS Pod Identity in is not known".to_owned(),
        _ => trust.says.clone().unwrap_or_else(|| "its role does not let EKS Pod Identity in".to_owned()),
    };
    let command = format!("kubectl podid doctor sa/{} -n {}", shell(name), shell(namespace));
    Some(format!("not restarted: {namespace}/{name}, {why} — {command}"))
}

/// One line for the workload, or one for each pod where its owner replaces none by itself.
fn restarts(inventory: &Inventory, row: &AssociationRow, stale: &StalePods, owners: &Owners) -> Vec<(Rank, Line)> {
    let metadata = &stale.pod.metadata;
    let mut evidence: Evidence = account::evidence(inventory, &row.namespace, &row.service_account, None);
    evidence.pod = Reading::Known(Some(stale.pod.clone()));
    (evidence.owner, evidence.job) = owners.clone();
    let names = std::iter::once(&metadata.name).chain(&stale.others);
    let lines = names.map(|name| {
        evidence.target = Target {
            kind: TargetKind::Pod,
            namespace: metadata.namespace.clone(),
            name: name.clone(),
            is_selected: true,
        };
        let remedy: Remediation = advice::restart(&evidence);
        let place = format!("{}/{name}", metadata.namespace);
        let owner = evidence.workload();
        let rolls = |owner: &Owner| {
            matches!(owner.kind.as_str(), "Deployment" | "StatefulSet" | "DaemonSet") && !owner.keeps_pod(name)
        };
        match remedy.command_in(FixFormat::Aws) {
            Some(command) if owner.is_some_and(rolls) => (Rank::Rollout, Line::Command(command)),
            Some(command) if owner.is_some_and(|owner| owner.kind != "Job") => (Rank::Deletes, Line::Command(command)),
            // A bare pod, or a job, is gone for good: only a person knows where its manifest is.
            Some(command) => (Rank::Person, Line::Words(format!("{place}: {} — {command}", remedy.does))),
            None => (Rank::Person, Line::Words(format!("{place}: {}", remedy.does))),
        }
    });
    lines.collect()
}

impl Inventory {
    /// The association of a row, if it was read.
    pub fn association_of(&self, row: &AssociationRow) -> Option<&Association> {
        self.described.get(row.association_id.as_ref()?)?.present()
    }
}
