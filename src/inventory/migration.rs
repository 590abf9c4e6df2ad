//! Plans the move of each service account from IRSA to EKS Pod Identity: what is done, what remains, and what stands in the way.

mod account;
mod policy;
mod steps;

use std::collections::{BTreeMap, BTreeSet};

use super::account as judged;
use super::restart::{self, Owners, StalePods};
use crate::advice::agent::install;
use crate::advice::trust::{clear, replace};
use crate::evidence::Cluster;
use crate::evidence::context::Typed;
use crate::evidence::inventory::{Injection, PodNote};
use crate::evidence::{AddOn, AgentDaemonSet, Inventory, Reading};
use crate::findings::remediation::addressed;
use crate::findings::{FixFormat, Remediation};
use crate::report::migration::{Migration, MigrationReport, MigrationStep};
use account::{Account, Checked, Obstacle};
use policy::Trust;
use steps::Policies;

/// What was read for it.
pub struct Read<'i> {
    /// The cluster, with the roles of annotations.
    pub inventory: &'i Inventory,
    /// The daemon sets of the agent.
    pub agents: &'i Reading<Vec<AgentDaemonSet>>,
    /// The add-ons of the cluster: some give their service accounts roles themselves.
    pub add_ons: &'i Reading<Vec<AddOn>>,
    /// The pods that have to be replaced, with what made them.
    pub pods: &'i [(StalePods, Owners)],
    /// How a change on the AWS side is worded.
    pub format: FixFormat,
}

/// The namespaces and names of the service accounts on IRSA, in order: by annotation, by what their pods carry, and those that have moved
/// and whose role still has a statement for IRSA of their own.
pub fn accounts(inventory: &Inventory) -> Vec<(String, String)> {
    let mut found: BTreeSet<(String, String)> = BTreeSet::new();
    let annotated = inventory.service_accounts.known().into_iter().flatten();
    let annotated = annotated.filter(|account| account.annotated_role.is_some());
    found.extend(annotated.map(|account| (account.namespace.clone(), account.name.clone())));
    let pods = inventory.pods.known().into_iter().flatten();
    let carrying =
        pods.filter(|pod| pod.has_web_identity && pod.life.is_running() && pod.injection != Injection::Injected);
    found.extend(carrying.map(|pod| (pod.namespace.clone(), pod.service_account.clone())));
    found.extend(policy::left_behind(inventory));
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
    let names = accounts(inventory);
    let mut pods: BTreeMap<(&str, &str), Vec<&PodNote>> = BTreeMap::new();
    for pod in inventory.pods.known().into_iter().flatten() {
        pods.entry((&pod.namespace, &pod.service_account)).or_default().push(pod);
    }
    let accounts: Vec<Account<'_>> = names
        .iter()
        .enumerate()
        .map(|(place, (namespace, name))| {
            let own_pods = pods.remove(&(namespace.as_str(), name.as_str())).unwrap_or_default();
            Account { read, namespace, name, place, own_pods }
        })
        .collect();
    let checked: Vec<Result<Checked<'_>, Obstacle>> = accounts.iter().map(Account::check).collect();
    let policies = policy::edited(&accounts, &checked);
    let is_guess = listed.guess().is_some();
    let mut items: Vec<Migration> = accounts
        .iter()
        .zip(checked)
        .map(|(account, checked)| {
            let mut item = account.plan(checked, &policies);
            item.steps.iter_mut().for_each(|step| complete(step, &inventory.context.typed, is_guess));
            item
        })
        .collect();
    items.sort_by(|one, other| {
        (one.state, &one.namespace, &one.service_account).cmp(&(other.state, &other.namespace, &other.service_account))
    });
    let mut gaps = listed.gaps;
    if !items.is_empty() {
        gaps.extend([read.agents.gap(), read.add_ons.gap()].into_iter().flatten().cloned());
    }
    let has_steps = items.iter().any(|item| !item.steps.is_empty());
    let mut first = if has_steps { first(read, &accounts, &policies) } else { Vec::new() };
    let mut last = last(read, &policies);
    for step in first.iter_mut().chain(&mut last) {
        complete(step, &inventory.context.typed, is_guess);
    }
    MigrationReport {
        collected_at: inventory.collected_at,
        duration_ms: inventory.duration_ms,
        requests: inventory.requests,
        context: inventory.context.clone(),
        namespace: inventory.namespace.clone(),
        account: judged::evidence(inventory, "", "", None).cluster_account().map(str::to_owned),
        first,
        gaps,
        items,
        last,
    }
}

/// What is done once, before any association can work: the agent, and the trust policy of each role.
///
/// A further statement takes nothing from anybody, so that all policies can come first.
fn first(read: &Read<'_>, accounts: &[Account<'_>], policies: &Policies<'_>) -> Vec<MigrationStep> {
    let cluster = read.inventory.cluster.present();
    let has_auto_mode = cluster.is_some_and(Cluster::has_auto_mode);
    let is_installed = read.agents.known().map(|sets| !sets.is_empty());
    let mut steps = Vec::new();
    if is_installed == Some(false) && !has_auto_mode {
        let evidence = judged::evidence(read.inventory, "", "", None);
        steps.push(step(&install(&evidence, None), read.format, false));
    }
    steps.push(look("see that the agent is ready on every node", "kubectl podid nodes"));
    steps.push(look(
        "see that the images have SDKs that know EKS Pod Identity: the first version of each",
        "kubectl podid explain PID490",
    ));
    for policy in policies.values().flatten().filter(|policy| policy.is_edited()) {
        let let_in = accounts.iter().filter(|one| matches!(policy.trust.get(&one.place), Some(Trust::ByEdit)));
        let names: Vec<String> = let_in.map(|one| format!("{}/{}", one.namespace, one.name)).collect();
        let name = &policy.role.role_name;
        let does = format!("let EKS Pod Identity assume role {name} for {}", some_of(&names));
        let remedy = replace(name, Some(policy.role), &does, &policy.before, &policy.after);
        steps.push(step(&remedy, read.format, false));
    }
    steps
}

/// What is done once, when all else is done: old statements go.
fn last(read: &Read<'_>, policies: &Policies<'_>) -> Vec<MigrationStep> {
    // While a policy has to let somebody in, its other edit waits: the later would undo the earlier.
    let ready = policies.values().flatten().filter(|policy| !policy.is_edited());
    let cleared = ready.filter_map(|policy| Some((policy, policy.cleared.as_ref()?)));
    cleared
        .map(|(policy, after)| {
            let remedy = clear(&policy.role.role_name, policy.role, &policy.before, after);
            step(&remedy, read.format, false)
        })
        .collect()
}

/// The first names of a list, and how many more there are.
fn some_of(names: &[String]) -> String {
    match names {
        all if all.len() <= 3 => all.join(" and "),
        [first, second, rest @ ..] => format!("{first}, {second} and {} more", rest.len()),
        _ => String::new(),
    }
}

/// A step that only looks: no later run knows whether somebody did.
fn look(does: &str, command: impl Into<String>) -> MigrationStep {
    MigrationStep {
        does: does.to_owned(),
        command: Some(command.into()),
        changes: "changes nothing".to_owned(),
        is_done: false,
    }
}

/// Lets a command reach the cluster that was asked about. While it is only guessed which one that is, there is none.
fn complete(step: &mut MigrationStep, typed: &Typed, is_guess: bool) {
    step.command = step.command.take().filter(|_| !is_guess).map(|command| addressed(typed, &command));
}

fn step(remedy: &Remediation, format: FixFormat, is_done: bool) -> MigrationStep {
    MigrationStep {
        does: remedy.does.clone(),
        command: remedy.command_in(format),
        changes: remedy.changes.clone(),
        is_done,
    }
}
