//! The restarts that stale pods need: a command for each workload, in an order that breaks nothing.

use std::collections::{HashMap, HashSet};

use crate::advice;
use crate::evidence::context::Typed;
use crate::evidence::inventory::PodNote;
use crate::evidence::kubernetes::pod::{ContainerSpec, PodSpec};
use crate::evidence::kubernetes::pod_status::PodStatus;
use crate::evidence::{Association, Evidence, Inventory, Metadata, Owner, Pod, Reading};
use crate::findings::remediation::{addressed, shell};
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
    /// Whether they act through IRSA now.
    pub is_on_irsa: bool,
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
    by_owner(inventory, |note| {
        let row = rows.get(&(note.namespace.as_str(), note.service_account.as_str()))?;
        (is_stale(note, inventory.association_of(&report.rows[*row])) == Some(true)).then_some(*row)
    })
}

/// Pods that have not ended by what made them, of those that `row_of` gives a row; in the order of the rows.
pub fn by_owner(inventory: &Inventory, row_of: impl Fn(&PodNote) -> Option<usize>) -> Vec<StalePods> {
    let mut found: Vec<StalePods> = Vec::new();
    let mut makers: HashMap<(&str, &str, &str), usize> = HashMap::new();
    for note in inventory.pods.known().into_iter().flatten().filter(|pod| pod.life.is_running()) {
        let Some(row) = row_of(note) else { continue };
        let maker =
            note.owner.as_ref().map(|owner| (note.namespace.as_str(), owner.kind.as_str(), owner.name.as_str()));
        if let Some(known) = maker.and_then(|maker| makers.get(&maker)) {
            found[*known].others.push(note.name.clone());
            continue;
        }
        makers.extend(maker.map(|maker| (maker, found.len())));
        found.push(StalePods { pod: as_pod(note), others: Vec::new(), is_on_irsa: note.has_web_identity, row });
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
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Line {
    /// A command to run.
    Command(String),
    /// What a person has to do, or why nothing is done.
    Words(String),
}

/// The plan: first the commands that replace pods one after the other, then what a person has to do or to decide.
///
/// A command stands there only if nothing can be lost by it. A workload whose role does not let EKS in is not restarted: its pods may
/// still act by what they got before; nor one of which new pods lack the variables.
pub fn plan(inventory: &Inventory, report: &InventoryReport, pods: &[(StalePods, Owners)]) -> Vec<Line> {
    if let Some(guess) = report.guess() {
        return vec![Line::Words(format!("nothing is restarted: {}", guess.detail))];
    }
    let mut known: HashSet<Line> = HashSet::new();
    let mut lines: Vec<(Rank, Line)> = Vec::new();
    for (stale, owners) in pods {
        let Some(row) = report.rows.get(stale.row) else { continue };
        let (rank, line) = match obstacle(&inventory.context.typed, row) {
            Some(words) => (Rank::Left, Line::Words(words)),
            None => restart(inventory, row, stale, owners),
        };
        if known.insert(line.clone()) {
            lines.push((rank, line));
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
    /// Needs a person.
    Person,
    /// Is left as it is.
    Left,
}

/// Why a restart could break what works.
fn obstacle(typed: &Typed, row: &AssociationRow) -> Option<String> {
    let AssociationRow { namespace, service_account: name, .. } = row;
    let why = match row.trust.as_ref().map(|trust| (trust.decision, trust)) {
        Some((RowDecision::Undecided, _)) | None => "whether its role lets EKS Pod Identity in is not known".to_owned(),
        Some((RowDecision::Refused | RowDecision::RoleMissing, trust)) => {
            trust.says.clone().unwrap_or_else(|| "its role does not let EKS Pod Identity in".to_owned())
        }
        Some((RowDecision::Allowed, _)) if row.pods.is_some_and(|pods| pods.not_injected > 0) => {
            "its new pods get no variables".to_owned()
        }
        Some((RowDecision::Allowed, _)) => return None,
    };
    let command = addressed(typed, &format!("kubectl podid doctor sa/{} -n {}", shell(name), shell(namespace)));
    Some(format!("not restarted: {namespace}/{name}, {why} — {command}"))
}

/// The pods as the doctor sees one of them.
pub fn evidence_of(
    inventory: &Inventory,
    (namespace, name): (&str, &str),
    stale: &StalePods,
    owners: &Owners,
) -> Evidence {
    let metadata = &stale.pod.metadata;
    let mut evidence: Evidence = account::evidence(inventory, namespace, name, None);
    evidence.pod = Reading::Known(Some(stale.pod.clone()));
    (evidence.owner, evidence.job) = owners.clone();
    evidence.target = Target {
        kind: TargetKind::Pod,
        namespace: metadata.namespace.clone(),
        name: metadata.name.clone(),
        is_selected: true,
        is_written: false,
    };
    evidence
}

/// How the workload is restarted: a command where it replaces its pods one after the other, else words.
fn restart(inventory: &Inventory, row: &AssociationRow, stale: &StalePods, owners: &Owners) -> (Rank, Line) {
    let metadata = &stale.pod.metadata;
    let evidence = evidence_of(inventory, (&row.namespace, &row.service_account), stale, owners);
    let remedy: Remediation = advice::restart(&evidence);
    let command = remedy.command_in(FixFormat::Aws).map(|command| addressed(&inventory.context.typed, &command));
    let owner = evidence.workload();
    let rolls = owner.is_some_and(|owner| owner.rolls(&metadata.name));
    let at_once = owner.is_some_and(Owner::replaces_all_at_once);
    let name = owner
        .map_or_else(|| metadata.name.clone(), |owner| format!("{}/{}", owner.kind.to_ascii_lowercase(), owner.name));
    let place = format!("{}/{name}", metadata.namespace);
    let behind = command.as_ref().map(|command| format!(" — {command}")).unwrap_or_default();
    let words = match command {
        Some(command) if rolls && !at_once && !stale.is_on_irsa => return (Rank::Rollout, Line::Command(command)),
        Some(_) if rolls && at_once => "its strategy Recreate ends all its pods before it makes new ones".to_owned(),
        Some(_) if rolls => {
            "its pods act through IRSA now, and take the role of the association with the restart".to_owned()
        }
        _ if stale.others.is_empty() => remedy.does,
        _ => format!("{}, one after the other: {}", remedy.does, stale.others.join(" ")),
    };
    (Rank::Person, Line::Words(format!("{place}: {words}{behind}")))
}

impl Inventory {
    /// The association of a row, if it was read.
    pub fn association_of(&self, row: &AssociationRow) -> Option<&Association> {
        self.described.get(row.association_id.as_ref()?)?.present()
    }
}
