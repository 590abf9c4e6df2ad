//! The steps of one service account, in an order in which no running pod loses its credentials.

use std::collections::{BTreeMap, HashSet};

use super::account::{Account, Checked, Obstacle, association_id, blocked};
use super::policy::{self, Policy, Trust};
use super::{look, step};
use crate::advice::association::move_add_on;
use crate::advice::trust::GREATEST_LENGTH;
use crate::advice::{self, RoleToName, create_association};
use crate::evidence::inventory::{Injection, PodNote};
use crate::evidence::kubernetes::metadata::ROLE_ANNOTATION;
use crate::evidence::{AddOn, Evidence, Gap, Owner, Reading, Source};
use crate::findings::remediation::shell;
use crate::inventory::restart::{self, StalePods};
use crate::report::migration::{Migration, MigrationState, MigrationStep};

/// The edited trust policies, by the ARN of their role.
pub type Policies<'p> = BTreeMap<&'p str, Result<Policy<'p>, Gap>>;

impl<'i> Account<'i> {
    /// The plan for it.
    pub fn plan(&self, checked: Result<Checked<'_>, Obstacle>, policies: &Policies<'_>) -> Migration {
        let pods = self.pods();
        let annotated = self.note().and_then(|note| note.annotated_role.clone());
        let associated = || self.association()?.present().map(|one| one.role_arn.clone());
        let mut item = Migration {
            namespace: self.namespace.to_owned(),
            service_account: self.name.to_owned(),
            role_arn: annotated.or_else(associated),
            state: MigrationState::Ready,
            why: None,
            gap: None,
            pods: self.read.inventory.pods.known().map(|_| (pods.len(), injected(&pods))),
            steps: Vec::new(),
        };
        match checked.and_then(|checked| self.steps(&checked, policies)) {
            Ok(steps) => {
                // Trust or association is a beginning; what is said of pods alone is true of any account.
                let is_begun = steps.iter().take(2).any(|step| step.is_done);
                item.state = if is_begun { MigrationState::Underway } else { MigrationState::Ready };
                item.steps = steps;
            }
            Err(Obstacle::Blocked(words)) => (item.state, item.why) = (MigrationState::Blocked, Some(words)),
            Err(Obstacle::Unknown(gap)) => (item.state, item.gap) = (MigrationState::Unknown, Some(gap)),
        }
        item
    }

    fn steps(&self, checked: &Checked<'_>, policies: &Policies<'_>) -> Result<Vec<MigrationStep>, Obstacle> {
        let unread = || Gap::not_requested(Source::Role, "its trust policy was not read");
        let policy = match policies.get(checked.arn) {
            Some(Ok(policy)) => policy,
            Some(Err(gap)) => return Err(gap.clone().into()),
            None => return Err(unread().into()),
        };
        let mut steps = vec![self.trust(checked, policy)?];
        match checked.add_on {
            Some(add_on) => {
                let remedy = move_add_on(
                    &self.evidence(),
                    &add_on.addon_name,
                    (self.name, checked.arn),
                    &self.of_add_on(add_on)?,
                );
                steps.push(step(&remedy, self.read.format, checked.is_associated()));
                if injected(&checked.pods) < checked.pods.len() {
                    steps.push(MigrationStep {
                        does: "wait until the add-on has replaced its pods".to_owned(),
                        command: Some(format!("kubectl podid list -n {}", shell(self.namespace))),
                        changes: "changes nothing: PODS counts those that have moved, and all".to_owned(),
                        is_done: false,
                    });
                }
                steps.extend(self.see_it_work(checked));
            }
            None => steps.extend(self.by_hand(checked)),
        }
        steps.push(self.old_statement(checked, policy));
        Ok(steps)
    }

    /// The service accounts and roles that the add-on has associations for already: an update replaces the whole list.
    fn of_add_on(&self, add_on: &AddOn) -> Result<Vec<(&'i str, &'i str)>, Obstacle> {
        let described = &self.read.inventory.described;
        let mut others = Vec::new();
        for arn in &add_on.pod_identity_associations {
            match described.get(association_id(arn)) {
                Some(Reading::Known(Some(one))) => others.push((one.service_account.as_str(), one.role_arn.as_str())),
                Some(Reading::Known(None)) => {}
                Some(Reading::Unavailable(gap)) => return Err(gap.clone().into()),
                None => {
                    let words =
                        format!("association {} of add-on {} was not read", association_id(arn), add_on.addon_name);
                    return Err(Gap::not_requested(Source::Association, &words).into());
                }
            }
        }
        Ok(others)
    }

    /// What a person does who manages the service account themselves.
    fn by_hand(&self, checked: &Checked<'_>) -> Vec<MigrationStep> {
        let (space, name) = (shell(self.namespace), shell(self.name));
        let associate = create_association(&self.evidence(), self.name, RoleToName::Arn(checked.arn));
        let mut steps = vec![step(&associate, self.read.format, checked.is_associated())];
        let replacements = self.replacements();
        if !replacements.is_empty() {
            steps.push(MigrationStep {
                does: "wait until new pods get the variables of EKS Pod Identity".to_owned(),
                command: Some(format!("kubectl podid wait sa/{name} -n {space} --timeout 5m")),
                changes: "changes nothing: it sends pods as dry-runs".to_owned(),
                is_done: checked.is_associated() && injected(&checked.pods) > 0,
            });
        }
        steps.extend(replacements);
        steps.extend(self.see_it_work(checked));
        steps.push(MigrationStep {
            does: "remove the annotation, once every pod is healthy".to_owned(),
            command: Some(format!("kubectl -n {space} annotate serviceaccount {name} {ROLE_ANNOTATION}-")),
            changes: "new pods get no variables of IRSA; change the manifest or chart that sets it, too".to_owned(),
            is_done: !checked.is_annotated,
        });
        steps
    }

    /// Asks the doctor about the pods that have moved. No reading can tell that they work: it is never done.
    fn see_it_work(&self, checked: &Checked<'_>) -> Option<MigrationStep> {
        if checked.pods.is_empty() {
            return Some(said_with(
                "it has no pods now: start one, and ask the doctor about it",
                "cron jobs and workloads that are scaled to 0 were not looked at",
            ));
        }
        let moved = checked.pods.iter().filter(|pod| pod.injection == Injection::Injected);
        let moved: Vec<String> = moved.take(MOST_PODS).map(|pod| shell(&pod.name)).collect();
        let is_all = checked.pods.iter().all(|pod| pod.injection == Injection::Injected);
        let command = format!("kubectl podid doctor {} -n {}", moved.join(" "), shell(self.namespace));
        is_all.then(|| look("see that its pods are healthy", command))
    }

    /// Whether the role lets EKS Pod Identity in; the command stands once for the role.
    fn trust(&self, checked: &Checked<'_>, policy: &Policy<'_>) -> Result<MigrationStep, Obstacle> {
        let name = &checked.role.role_name;
        let does = format!("let EKS Pod Identity assume role {name}");
        match policy.trust.get(&self.place) {
            Some(Trust::Given) => Ok(said(does, true)),
            Some(Trust::ByEdit) => Ok(said_with(&does, "the command stands above, once for the role")),
            Some(Trust::Undecided(gap)) => Err(gap.clone().into()),
            Some(Trust::TooLong(length)) => blocked(format!(
                "with it the trust policy of role {name} has {length} characters, and IAM takes {GREATEST_LENGTH} at most: give it a role of its own"
            )),
            Some(Trust::KeptOut) | None => blocked(format!(
                "no edit of its trust policy lets EKS Pod Identity assume role {name} without loss: a Deny or a guard keeps it out"
            )),
        }
    }

    /// Takes the statement for IRSA away: only where it is this account's alone, and nothing is on IRSA any more.
    fn old_statement(&self, checked: &Checked<'_>, policy: &Policy<'_>) -> MigrationStep {
        let does = format!("remove what lets IRSA assume role {} for it", checked.role.role_name);
        let issuer = self.read.inventory.cluster.present().and_then(|cluster| cluster.issuer());
        if issuer.is_some_and(|issuer| !policy.before.to_json().contains(issuer)) {
            return said(does, true);
        }
        let own =
            issuer.map(|issuer| policy::own_statements(&policy.before, checked.arn, issuer, self.namespace, self.name));
        let is_cleared = policy.cleared.is_some() && !policy.is_edited() && policy.left_behind.contains(&self.place);
        match own {
            _ if is_cleared => said_with(&does, "the command stands below, once for the role"),
            Some(own) if !own.is_empty() => {
                said_with(&does, "repeat kubectl podid migrate when all else is done: it prints the command")
            }
            _ => said_with(
                &does,
                "only if nobody else uses the statement: kubectl podid list --by-role shows who does in this cluster",
            ),
        }
    }

    /// For each workload whose pods have not got the variables: replace them, and see them work before the next.
    fn replacements(&self) -> Vec<MigrationStep> {
        let mut known: HashSet<String> = HashSet::new();
        let mut steps = Vec::new();
        for (pods, owners) in self.pods_to_replace() {
            let evidence = restart::evidence_of(self.read.inventory, (self.namespace, self.name), pods, owners);
            let resource = match evidence.workload() {
                Some(owner) => format!("{}/{}", owner.kind.to_ascii_lowercase(), shell(&owner.name)),
                None => format!("pod/{}", shell(&pods.pod.metadata.name)),
            };
            if known.insert(resource.clone()) {
                steps.extend(self.replacement(&evidence, &resource, pods));
            }
        }
        steps
    }

    fn replacement(&self, evidence: &Evidence, resource: &str, pods: &StalePods) -> Vec<MigrationStep> {
        let owner = evidence.workload();
        if !owner.is_some_and(|owner| owner.rolls(&pods.pod.metadata.name)) {
            return vec![by_a_person(evidence, resource, pods)];
        }
        let mut restarted = step(&advice::restart(evidence), self.read.format, false);
        if owner.is_some_and(Owner::replaces_all_at_once) {
            restarted.changes.push_str("; its strategy Recreate ends all its pods before it makes new ones");
        }
        let space = shell(self.namespace);
        vec![
            restarted,
            look("wait for the rollout", format!("kubectl -n {space} rollout status {resource} --timeout 10m")),
            look(
                "see that its pods are healthy",
                format!("kubectl podid wait {resource} -n {space} --for=healthy --timeout 10m"),
            ),
        ]
    }
}

/// How many pods are named to the doctor.
const MOST_PODS: usize = 5;

/// Pods that no rollout replaces: what a person has to do, in words.
fn by_a_person(evidence: &Evidence, resource: &str, pods: &StalePods) -> MigrationStep {
    let of_job = evidence.workload().is_some_and(|owner| matches!(owner.kind.as_str(), "Job" | "CronJob"));
    if of_job {
        return said_with(
            &format!("nothing to do for {resource}: its pods keep their credentials of IRSA until they end"),
            "pods that are made after the association are on EKS Pod Identity",
        );
    }
    let names: Vec<&str> =
        std::iter::once(pods.pod.metadata.name.as_str()).chain(pods.others.iter().map(String::as_str)).collect();
    let does = match evidence.workload() {
        None => format!("replace {resource} by a new one: nothing else recreates it"),
        Some(owner) if owner.paused => format!("resume the rollout of {resource}, which is paused, then restart it"),
        Some(owner) if owner.keeps_pod(names[0]) => {
            format!(
                "delete the pods of {resource} one after the other: its update strategy keeps them ({})",
                names.join(" ")
            )
        }
        Some(_) => format!("restart {resource} with the tool that made it"),
    };
    let is_unread = evidence.workload().is_some_and(|owner| !owner.template_known);
    let changes = if is_unread {
        "its template was not read: variables of IRSA in it would outrank EKS Pod Identity"
    } else {
        ""
    };
    said_with(&does, changes)
}

/// A step that is done, or that no command of this account does.
fn said(does: String, is_done: bool) -> MigrationStep {
    MigrationStep { does, command: None, changes: String::new(), is_done }
}

/// A step in words, with what there is to know about it.
fn said_with(does: &str, changes: &str) -> MigrationStep {
    MigrationStep { does: does.to_owned(), command: None, changes: changes.to_owned(), is_done: false }
}

/// How many pods have the variables of EKS Pod Identity.
fn injected(pods: &[&PodNote]) -> usize {
    pods.iter().filter(|pod| pod.injection == Injection::Injected).count()
}
