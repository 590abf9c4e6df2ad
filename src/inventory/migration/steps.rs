//! The steps of one service account, in an order in which no running pod loses its credentials.

use std::collections::BTreeMap;

use super::account::{Account, Checked, Obstacle, association_id, blocked};
use super::policy::{self, Policy};
use super::step;
use crate::advice::association::move_add_on;
use crate::advice::trust::{clear, replace};
use crate::advice::{RoleToName, create_association};
use crate::evidence::inventory::{Injection, PodNote};
use crate::evidence::kubernetes::metadata::ROLE_ANNOTATION;
use crate::evidence::{AddOn, Gap, Reading, Source};
use crate::findings::remediation::shell;
use crate::inventory::restart;
use crate::reasoning::iam::edit::lets_in;
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
                steps.push(step(&remedy, self.read.format, checked.is_associated));
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
        let mut steps = vec![step(&associate, self.read.format, checked.is_associated)];
        let restarts = self.restarts();
        if !restarts.is_empty() {
            steps.push(MigrationStep {
                does: "wait until new pods get their variables".to_owned(),
                command: Some(format!("kubectl podid wait sa/{name} -n {space} --timeout 5m")),
                changes: "changes nothing: it asks for dry-runs".to_owned(),
                is_done: checked.is_associated && injected(&checked.pods) > 0,
            });
        }
        steps.extend(restarts);
        steps.extend(self.see_it_work(checked));
        steps.push(MigrationStep {
            does: "remove the annotation, once every pod is healthy".to_owned(),
            command: Some(format!("kubectl -n {space} annotate serviceaccount {name} {ROLE_ANNOTATION}-")),
            changes: "new pods get no variables of IRSA; change the manifest or chart that sets it, too".to_owned(),
            is_done: !checked.is_annotated,
        });
        steps
    }

    fn see_it_work(&self, checked: &Checked<'_>) -> Option<MigrationStep> {
        let (space, name) = (shell(self.namespace), shell(self.name));
        (!checked.pods.is_empty()).then(|| MigrationStep {
            does: "see it work: ask the doctor until it is healthy".to_owned(),
            command: Some(format!("kubectl podid wait sa/{name} -n {space} --for=healthy --timeout 10m")),
            changes: "changes nothing".to_owned(),
            is_done: checked.has_moved,
        })
    }

    /// Lets EKS Pod Identity in beside what the policy trusts already; once for all service accounts of the role.
    fn trust(&self, checked: &Checked<'_>, policy: &Policy<'_>) -> Result<MigrationStep, Obstacle> {
        let name = &checked.role.role_name;
        if policy.kept_out.contains(&self.place) {
            return blocked(format!(
                "no edit of its trust policy lets EKS Pod Identity assume role {name} without loss: a Deny or a guard keeps it out"
            ));
        }
        match policy.let_in.iter().position(|place| *place == self.place) {
            None => Ok(said(format!("let EKS Pod Identity assume role {name}"), true)),
            Some(0) => {
                let others = match policy.let_in.len() - 1 {
                    0 => String::new(),
                    1 => " and one other of the role".to_owned(),
                    others => format!(" and {others} others of the role"),
                };
                let does = format!("let EKS Pod Identity assume role {name} for this service account{others}");
                let remedy = replace(name, Some(policy.role), &does, &policy.before, &policy.after);
                Ok(step(&remedy, self.read.format, false))
            }
            Some(_) => Ok(said(
                format!(
                    "let EKS Pod Identity assume role {name}: done by the command of the first service account of the role"
                ),
                false,
            )),
        }
    }

    /// Takes the statement for IRSA away: a command only where it is this account's alone, and nothing is on IRSA any more.
    fn old_statement(&self, checked: &Checked<'_>, policy: &Policy<'_>) -> MigrationStep {
        let name = &checked.role.role_name;
        let does = format!("remove the trust of the identity provider from role {name}");
        let mut evidence = self.evidence();
        evidence.irsa_role = Reading::Known(Some(checked.role.clone()));
        let is_trusted = evidence
            .irsa_provider()
            .map(|provider| lets_in(&policy.before, &[evidence.web_identity_call(&provider).request()]));
        if is_trusted == Ok(false) {
            return said(does, true);
        }
        let first = policy.left_behind.first() == Some(&self.place);
        match &policy.cleared {
            // While a policy has to let somebody in, its other edit waits: the later would undo the earlier.
            Some(cleared) if first && policy.let_in.is_empty() => {
                step(&clear(name, policy.role, &policy.before, cleared), self.read.format, false)
            }
            Some(_) if policy.left_behind.contains(&self.place) => {
                said(format!("{does}: done by the command of the first service account of the role"), false)
            }
            _ if self.has_own_statement(checked, policy) => MigrationStep {
                changes: "repeat kubectl podid migrate when all else is done: it prints the command".to_owned(),
                ..said(does, false)
            },
            _ => MigrationStep {
                changes: "only if nobody else uses it: kubectl podid list --by-role shows who does in this cluster"
                    .to_owned(),
                ..said(does, false)
            },
        }
    }

    fn has_own_statement(&self, checked: &Checked<'_>, policy: &Policy<'_>) -> bool {
        let issuer = self.read.inventory.cluster.present().and_then(|cluster| cluster.issuer());
        issuer.is_some_and(|issuer| {
            !policy::own_statements(&policy.before, checked.arn, issuer, self.namespace, self.name).is_empty()
        })
    }

    /// A step for each workload whose pods have not got the variables.
    fn restarts(&self) -> Vec<MigrationStep> {
        let restart = |(pods, owners): &(restart::StalePods, restart::Owners)| {
            let remedy = restart::remedy(self.read.inventory, (self.namespace, self.name), pods, owners);
            step(&remedy, self.read.format, false)
        };
        let mut steps: Vec<MigrationStep> = self.pods_to_replace().map(restart).collect();
        steps.dedup();
        steps
    }
}

/// A step that is done, or that no command of this account does.
fn said(does: String, is_done: bool) -> MigrationStep {
    MigrationStep { does, command: None, changes: String::new(), is_done }
}

/// How many pods have the variables of EKS Pod Identity.
fn injected(pods: &[&PodNote]) -> usize {
    pods.iter().filter(|pod| pod.injection == Injection::Injected).count()
}
