//! Plans the move of each service account from IRSA to EKS Pod Identity: what is done, what remains, and what stands in the way.

use std::collections::{BTreeMap, BTreeSet};

use super::account;
use super::restart::{self, Owners, StalePods};
use crate::advice::agent::install;
use crate::advice::trust::replace;
use crate::advice::{RoleToName, create_association};
use crate::checks::{Evaluate, Verdict, cluster};
use crate::evidence::aws::role::Arn;
use crate::evidence::inventory::{AccountNote, Injection, PodNote};
use crate::evidence::kubernetes::metadata::ROLE_ANNOTATION;
use crate::evidence::{AgentDaemonSet, Association, Evidence, Gap, GapReason, Inventory, Reading, Role, Source};
use crate::findings::remediation::shell;
use crate::findings::{FixFormat, Remediation};
use crate::reasoning::iam::Document;
use crate::reasoning::iam::edit::{fixed, lets_in};
use crate::report::migration::{Migration, MigrationReport, MigrationState, MigrationStep};

/// What was read for it.
pub struct Read<'i> {
    /// The cluster, with the roles of annotations.
    pub inventory: &'i Inventory,
    /// The daemon sets of the agent.
    pub agents: &'i Reading<Vec<AgentDaemonSet>>,
    /// The pods that have to be replaced, with what made them.
    pub pods: &'i [(StalePods, Owners)],
    /// How a change on the AWS side is worded.
    pub format: FixFormat,
}

/// The namespaces and names of the service accounts on IRSA, in order.
pub fn accounts(inventory: &Inventory) -> Vec<(String, String)> {
    let mut found: BTreeSet<(String, String)> = BTreeSet::new();
    let annotated = inventory.service_accounts.known().into_iter().flatten();
    let annotated = annotated.filter(|account| account.annotated_role.is_some());
    found.extend(annotated.map(|account| (account.namespace.clone(), account.name.clone())));
    let pods = inventory.pods.known().into_iter().flatten();
    let carrying = pods.filter(|pod| pod.has_web_identity && !pod.has_ended && pod.injection != Injection::Injected);
    found.extend(carrying.map(|pod| (pod.namespace.clone(), pod.service_account.clone())));
    found.into_iter().collect()
}

/// The pods that have to be replaced, by what made them; each stands for the account of its place in the list.
pub fn pods_to_replace(inventory: &Inventory, accounts: &[(String, String)]) -> Vec<StalePods> {
    let places: BTreeMap<(&str, &str), usize> =
        accounts.iter().enumerate().map(|(place, (space, name))| ((space.as_str(), name.as_str()), place)).collect();
    restart::by_owner(inventory, |pod| {
        let place = places.get(&(pod.namespace.as_str(), pod.service_account.as_str()))?;
        (pod.injection == Injection::Lacking).then_some(*place)
    })
}

/// The plan.
pub fn plan(read: &Read<'_>) -> MigrationReport {
    let inventory = read.inventory;
    let listed = super::rows(inventory, false);
    let accounts = accounts(inventory);
    let accounts: Vec<Account<'_>> = accounts
        .iter()
        .enumerate()
        .map(|(place, (namespace, name))| Account { read, namespace, name, place })
        .collect();
    let checked: Vec<Result<Checked<'_>, Obstacle>> = accounts.iter().map(Account::check).collect();
    let policies = policies(&accounts, &checked);
    let is_guess = listed.guess().is_some();
    let mut items: Vec<Migration> = accounts
        .iter()
        .zip(checked)
        .map(|(account, checked)| {
            let mut item = account.plan(checked, &policies);
            if is_guess {
                // While it is not known which cluster it is, nothing is told that changes one.
                item.steps.iter_mut().for_each(|step| step.command = None);
            }
            item
        })
        .collect();
    items.sort_by(|one, other| {
        (one.state, &one.namespace, &one.service_account).cmp(&(other.state, &other.namespace, &other.service_account))
    });
    MigrationReport {
        collected_at: inventory.collected_at,
        duration_ms: inventory.duration_ms,
        requests: inventory.requests,
        context: inventory.context.clone(),
        namespace: inventory.namespace.clone(),
        first: if items.is_empty() || is_guess { Vec::new() } else { first(read) },
        gaps: listed.gaps,
        items,
    }
}

/// The trust policy of one role, edited for all service accounts that use it: a policy is replaced as a whole, so that a second
/// edit would undo the first.
struct Policy<'i> {
    role: &'i Role,
    before: Document,
    after: Document,
    /// The accounts that the edit lets in, by their places; the command stands with the first.
    let_in: Vec<usize>,
    /// Those that no edit lets in.
    kept_out: Vec<usize>,
}

/// Edits the policy of each role for those that can be moved, and for no others.
fn policies<'i>(
    accounts: &[Account<'i>],
    checked: &[Result<Checked<'i>, Obstacle>],
) -> BTreeMap<&'i str, Result<Policy<'i>, Gap>> {
    let mut all: BTreeMap<&str, Result<Policy<'_>, Gap>> = BTreeMap::new();
    for (account, checked) in accounts.iter().zip(checked) {
        let Ok(checked) = checked else { continue };
        let read = || {
            let before = checked.role.trust_policy(Source::IrsaRole)?;
            let after = before.clone();
            Ok(Policy { role: checked.role, before, after, let_in: Vec::new(), kept_out: Vec::new() })
        };
        let Ok(policy) = all.entry(checked.arn).or_insert_with(read) else { continue };
        let evidence = account.evidence();
        let requests = evidence.trust_requests(true);
        if lets_in(&policy.after, &requests) {
            continue;
        }
        match fixed(&policy.after, &requests, evidence.own_trust_statement(true).as_ref()) {
            Some(edited) => {
                policy.after = edited;
                policy.let_in.push(account.place);
            }
            None => policy.kept_out.push(account.place),
        }
    }
    all
}

/// What the cluster needs before any association can work.
fn first(read: &Read<'_>) -> Vec<MigrationStep> {
    let sets = match read.agents {
        Reading::Known(sets) => sets,
        Reading::Unavailable(_) => return Vec::new(),
    };
    let has_auto_mode = read
        .inventory
        .cluster
        .present()
        .is_some_and(|cluster| cluster.compute_config.as_ref().is_some_and(|config| config.enabled));
    if !sets.is_empty() || has_auto_mode {
        return Vec::new();
    }
    let evidence = account::evidence(read.inventory, "", "", None);
    vec![step(&install(&evidence, None), read.format, false)]
}

fn step(remedy: &Remediation, format: FixFormat, is_done: bool) -> MigrationStep {
    MigrationStep {
        does: remedy.does.clone(),
        command: remedy.command_in(format),
        changes: remedy.changes.clone(),
        is_done,
    }
}

/// Why a service account is not moved.
enum Obstacle {
    /// It cannot be, as it is.
    Blocked(String),
    /// It is not known whether it can be.
    Unknown(Gap),
}

impl From<Gap> for Obstacle {
    fn from(gap: Gap) -> Self {
        Self::Unknown(gap)
    }
}

fn blocked<T>(words: impl Into<String>) -> Result<T, Obstacle> {
    Err(Obstacle::Blocked(words.into()))
}

/// One service account and what was read around it.
struct Account<'i> {
    read: &'i Read<'i>,
    namespace: &'i str,
    name: &'i str,
    place: usize,
}

/// What can be moved.
struct Checked<'i> {
    arn: &'i str,
    role: &'i Role,
    is_annotated: bool,
    is_associated: bool,
    pods: Vec<&'i PodNote>,
}

impl<'i> Account<'i> {
    fn evidence(&self) -> Evidence {
        let mut evidence = account::evidence(self.read.inventory, self.namespace, self.name, self.note());
        evidence.association = Reading::Known(None);
        evidence
    }

    fn note(&self) -> Option<&'i AccountNote> {
        let mut all = self.read.inventory.service_accounts.known().into_iter().flatten();
        all.find(|note| note.namespace == self.namespace && note.name == self.name)
    }

    fn pods(&self) -> Vec<&'i PodNote> {
        let all = self.read.inventory.pods.known().into_iter().flatten();
        let own = |pod: &&PodNote| pod.namespace == self.namespace && pod.service_account == self.name;
        all.filter(own).filter(|pod| !pod.has_ended).collect()
    }

    /// The association, if the list has one; what is known of it.
    fn association(&self) -> Option<&'i Reading<Option<Association>>> {
        let list = self.read.inventory.associations.known()?;
        let row = list.of(self.namespace, self.name)?;
        self.read.inventory.described.get(&row.association_id)
    }

    /// Whether it can be moved as it is, but for the trust policy.
    fn check(&self) -> Result<Checked<'i>, Obstacle> {
        let inventory = self.read.inventory;
        inventory.associations.get()?;
        let evidence = self.evidence();
        if let Evaluate::Pod(supports) = cluster::supports_pod_identity::CHECK.evaluate
            && let Verdict::Fail(_) = supports(&evidence)?
        {
            return blocked("the cluster's version is older than EKS Pod Identity");
        }
        let annotated = self.note().and_then(|note| note.annotated_role.as_deref());
        let gone = || Gap::new(Source::Association, GapReason::Insufficient, "it was deleted while it was being read");
        let existing = match self.association() {
            None => None,
            Some(Reading::Unavailable(gap)) => return Err(gap.clone().into()),
            Some(Reading::Known(None)) => return Err(gone().into()),
            Some(Reading::Known(Some(association))) => Some(association),
        };
        let arn = match (annotated, existing) {
            (Some(annotated), Some(existing)) if existing.role_arn != annotated => {
                return blocked(format!(
                    "association {} gives it another role, {}: one of the two is meant",
                    existing.association_id, existing.role_arn
                ));
            }
            (Some(annotated), _) => annotated,
            (None, Some(existing)) => existing.role_arn.as_str(),
            (None, None) => {
                inventory.service_accounts.get()?;
                return blocked(
                    "its pods carry the variables of IRSA and it has no annotation: they stand in a template, or the annotation was removed",
                );
            }
        };
        let role = self.role(&evidence, arn)?;
        inventory.pods.get()?;
        let pods = self.pods();
        let left_out = pods.iter().filter(|pod| pod.injection == Injection::LeftOut).count();
        if left_out > 0 {
            return blocked(format!(
                "{left_out} of its {} pods are left out by a label or an annotation, or run on Fargate or Windows, where EKS Pod Identity does not work",
                pods.len()
            ));
        }
        Ok(Checked { arn, role, is_annotated: annotated.is_some(), is_associated: existing.is_some(), pods })
    }

    /// The role, in the account of the cluster.
    fn role(&self, evidence: &Evidence, arn: &str) -> Result<&'i Role, Obstacle> {
        let Some(role) = Arn::parse(arn).filter(|arn| arn.role_name().is_some()) else {
            return blocked(format!("the annotation {arn} is not the ARN of a role"));
        };
        match evidence.cluster_account() {
            Some(own) if own != role.account => {
                return blocked(format!(
                    "the role is in account {}, the cluster in {own}: EKS Pod Identity reaches it as the target role of a role in {own}",
                    role.account
                ));
            }
            Some(_) => {}
            None => {
                evidence.cluster.get()?;
                return Err(Gap::no_such_cluster("EKS knows no cluster of that name").into());
            }
        }
        match self.read.inventory.roles.get(arn) {
            Some(Reading::Known(Some(role))) => Ok(role),
            Some(Reading::Known(None)) => blocked("the role does not exist"),
            Some(Reading::Unavailable(gap)) => Err(gap.clone().into()),
            None => Err(Gap::not_requested(Source::Role, "the role was not read").into()),
        }
    }

    fn plan(
        &self,
        checked: Result<Checked<'_>, Obstacle>,
        policies: &BTreeMap<&str, Result<Policy<'_>, Gap>>,
    ) -> Migration {
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

    fn steps(
        &self,
        checked: &Checked<'_>,
        policies: &BTreeMap<&str, Result<Policy<'_>, Gap>>,
    ) -> Result<Vec<MigrationStep>, Obstacle> {
        let format = self.read.format;
        let mut steps = vec![self.trust(checked, policies)?];
        let associate = create_association(&self.evidence(), self.name, RoleToName::Arn(checked.arn));
        steps.push(step(&associate, format, checked.is_associated));
        let (space, name) = (shell(self.namespace), shell(self.name));
        let restarts = self.restarts();
        if !restarts.is_empty() {
            steps.push(MigrationStep {
                does: "wait until new pods get their variables".to_owned(),
                command: Some(format!("kubectl podid wait sa/{name} -n {space} --timeout 5m")),
                changes: "nothing: it asks for dry-runs".to_owned(),
                is_done: checked.is_associated && injected(&checked.pods) > 0,
            });
        }
        steps.extend(restarts);
        if !checked.pods.is_empty() {
            steps.push(MigrationStep {
                does: "see it work: ask the doctor until it is healthy".to_owned(),
                command: Some(format!("kubectl podid wait sa/{name} -n {space} --for=healthy --timeout 10m")),
                changes: "nothing".to_owned(),
                is_done: checked.is_associated && injected(&checked.pods) == checked.pods.len(),
            });
        }
        steps.push(MigrationStep {
            does: "remove the annotation, once no pod needs it".to_owned(),
            command: Some(format!("kubectl -n {space} annotate serviceaccount {name} {ROLE_ANNOTATION}-")),
            changes: "new pods get no variables of IRSA; a manifest kept elsewhere needs the same change".to_owned(),
            is_done: !checked.is_annotated,
        });
        steps.push(MigrationStep {
            does: format!(
                "remove the statement that trusts the identity provider from role {}",
                checked.role.role_name
            ),
            command: None,
            changes: "only if nobody else uses it: kubectl podid list --by-role shows who does in this cluster"
                .to_owned(),
            is_done: false,
        });
        Ok(steps)
    }

    /// Lets EKS Pod Identity in beside what the policy trusts already; once for all service accounts of the role.
    fn trust(
        &self,
        checked: &Checked<'_>,
        policies: &BTreeMap<&str, Result<Policy<'_>, Gap>>,
    ) -> Result<MigrationStep, Obstacle> {
        let unread = || Gap::not_requested(Source::Role, "its trust policy was not read");
        let policy = match policies.get(checked.arn) {
            Some(Ok(policy)) => policy,
            Some(Err(gap)) => return Err(gap.clone().into()),
            None => return Err(unread().into()),
        };
        let name = &checked.role.role_name;
        if policy.kept_out.contains(&self.place) {
            return blocked(format!(
                "no edit of its trust policy lets EKS Pod Identity assume role {name}: a Deny keeps it out"
            ));
        }
        let said = |does: String| MigrationStep { does, command: None, changes: String::new(), is_done: false };
        match policy.let_in.iter().position(|place| *place == self.place) {
            None => Ok(MigrationStep { is_done: true, ..said(format!("role {name} lets EKS Pod Identity in")) }),
            Some(0) => {
                let others = policy.let_in.len() - 1;
                let for_all = if others == 0 { String::new() } else { format!(" and {others} more of the role") };
                let does = format!("let EKS Pod Identity assume role {name} for this service account{for_all}");
                let remedy = replace(name, Some(policy.role), &does, &policy.before, &policy.after);
                Ok(step(&remedy, self.read.format, false))
            }
            Some(_) => Ok(said(format!(
                "let EKS Pod Identity assume role {name}: the policy of another service account of the role has it in"
            ))),
        }
    }

    /// A step for each workload whose pods have not got the variables.
    fn restarts(&self) -> Vec<MigrationStep> {
        let own = self.read.pods.iter().filter(|(pods, _)| pods.row == self.place);
        let restart = |(pods, owners): &(StalePods, Owners)| {
            let remedy = restart::remedy(self.read.inventory, (self.namespace, self.name), pods, owners);
            step(&remedy, self.read.format, false)
        };
        let mut steps: Vec<MigrationStep> = own.map(restart).collect();
        steps.dedup();
        steps
    }
}

/// How many pods have the variables of EKS Pod Identity.
fn injected(pods: &[&PodNote]) -> usize {
    pods.iter().filter(|pod| pod.injection == Injection::Injected).count()
}
