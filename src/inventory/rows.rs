//! Joins associations, service accounts and pods, and names the state of each service account.

use std::collections::BTreeMap;

use super::account;
use crate::checks::association::created_before_pod::PROPAGATION;
use crate::diagnose::Options;
use crate::evidence::aws::association::AssociationSummary;
use crate::evidence::aws::role::Arn;
use crate::evidence::inventory::{AccountNote, Injection, PodNote};
use crate::evidence::{Association, Gap, GapReason, Inventory, Reading, Role, Source};
use crate::reasoning::role::managing_tool::Managed;
use crate::report::inventory::{AssociationRow, InventoryReport, PodCounts, RowDecision, RowTrust, State};

/// What there is of one service account.
#[derive(Default)]
struct Draft<'i> {
    row: Option<&'i AssociationSummary>,
    account: Option<&'i AccountNote>,
    pods: Vec<&'i PodNote>,
}

/// The rows of an inventory, by namespace and name; `judges_trust` adds what the trust policies say.
pub fn rows(inventory: &Inventory, judges_trust: bool) -> InventoryReport {
    let associations = associations(inventory);
    let mut drafts: BTreeMap<(&str, &str), Draft<'_>> = BTreeMap::new();
    for row in associations.known().iter().flat_map(|rows| rows.iter()) {
        drafts.entry((&row.namespace, &row.service_account)).or_default().row = Some(row);
    }
    for account in inventory.service_accounts.known().into_iter().flatten() {
        drafts.entry((&account.namespace, &account.name)).or_default().account = Some(account);
    }
    for pod in inventory.pods.known().into_iter().flatten().filter(|pod| pod.life.is_running()) {
        drafts.entry((&pod.namespace, &pod.service_account)).or_default().pods.push(pod);
    }
    let options = account::options();
    let context = Judging { inventory, associations: &associations, options: judges_trust.then_some(&options) };
    let rows = drafts.into_iter().filter(|(_, draft)| !inventory.selects_pods || !draft.pods.is_empty());
    let rows: Vec<AssociationRow> =
        rows.filter_map(|((namespace, name), draft)| context.row(namespace, name, &draft)).collect();
    let mut states: BTreeMap<State, usize> = BTreeMap::new();
    for row in &rows {
        *states.entry(row.state).or_default() += 1;
    }
    let guess = associations.known().and_then(|_| account::guess(&account::evidence(inventory, "", "", None)));
    let gaps = [associations.gap(), inventory.pods.gap(), inventory.service_accounts.gap(), guess.as_ref()];
    InventoryReport {
        collected_at: inventory.collected_at,
        duration_ms: inventory.duration_ms,
        requests: inventory.requests,
        context: inventory.context.clone(),
        namespace: inventory.namespace.clone(),
        gaps: gaps.into_iter().flatten().cloned().collect(),
        row_gaps: rows.iter().filter_map(AssociationRow::gap).cloned().collect(),
        rows,
        states: states.into_iter().collect(),
    }
}

/// The associations, unless they are those of another cluster than the one that kubectl talks to.
fn associations(inventory: &Inventory) -> Reading<&[AssociationSummary]> {
    let list = match &inventory.associations {
        Reading::Unavailable(gap) => return Reading::Unavailable(gap.clone()),
        Reading::Known(list) => list,
    };
    let evidence = account::evidence(inventory, "", "", None);
    if let Err(gap) = evidence.is_this_cluster(Source::Associations) {
        return Reading::Unavailable(gap);
    }
    Reading::Known(&list.associations)
}

struct Judging<'i> {
    inventory: &'i Inventory,
    associations: &'i Reading<&'i [AssociationSummary]>,
    options: Option<&'i Options>,
}

impl Judging<'_> {
    /// The row of a service account; `None` where it has nothing to do with AWS.
    fn row(&self, namespace: &str, name: &str, draft: &Draft<'_>) -> Option<AssociationRow> {
        let has_variables = draft.pods.iter().any(|pod| pod.injection == Injection::Injected);
        let is_on_irsa = draft.account.is_some_and(|account| account.annotated_role.is_some())
            || draft.pods.iter().any(|pod| pod.has_web_identity);
        if draft.row.is_none() && !has_variables && !is_on_irsa {
            return None;
        }
        let reading = draft.row.and_then(|row| self.inventory.described.get(&row.association_id));
        let association = reading.and_then(Reading::present);
        let counts = self.inventory.pods.known().map(|_| count(&draft.pods, association));
        // Without a service account there is nobody to assume the role for.
        let row = draft.row.filter(|_| !self.is_orphan(draft));
        let trust = row.and_then(|row| self.trust(namespace, name, draft, row));
        let (state, gap) = self.state(draft, reading, counts.as_ref(), trust.as_ref());
        let role = association.and_then(|association| self.inventory.roles.get(&association.role_arn));
        let annotated = draft.account.and_then(|account| account.annotated_role.clone());
        let owner_arn = draft.row.and_then(|row| row.owner_arn.clone());
        Some(AssociationRow {
            namespace: namespace.to_owned(),
            service_account: name.to_owned(),
            state,
            association_id: draft.row.map(|row| row.association_id.clone()),
            role_arn: match draft.row {
                Some(_) => association.map(|one| one.role_arn.clone()),
                None => annotated,
            },
            target_role_arn: association.and_then(Association::target).map(str::to_owned),
            managed_by: managed_by(owner_arn.as_deref(), association, role.and_then(Reading::present)),
            owner_arn,
            created_at: association.and_then(|one| one.created_at),
            modified_at: association.and_then(|one| one.modified_at),
            pods: counts,
            trust,
            gap: gap.or_else(|| reading.and_then(Reading::gap).cloned()),
        })
    }

    /// Whether there is no such service account: where a pod has it, it was there.
    fn is_orphan(&self, draft: &Draft<'_>) -> bool {
        self.inventory.service_accounts.known().is_some() && draft.account.is_none() && draft.pods.is_empty()
    }

    fn trust(&self, namespace: &str, name: &str, draft: &Draft<'_>, row: &AssociationSummary) -> Option<RowTrust> {
        let options = self.options?;
        let mut evidence = account::evidence(self.inventory, namespace, name, draft.account);
        account::associate(&mut evidence, self.inventory, row);
        Some(account::judge(&evidence, options))
    }

    /// What is worth knowing first, and what stands in the way of knowing it.
    fn state(
        &self,
        draft: &Draft<'_>,
        association: Option<&Reading<Option<Association>>>,
        counts: Option<&PodCounts>,
        trust: Option<&RowTrust>,
    ) -> (State, Option<Gap>) {
        let unknown = |gap: Option<&Gap>| (State::Unknown, gap.cloned());
        if draft.row.is_none() {
            let Some(_) = self.associations.known() else { return unknown(self.associations.gap()) };
            let has_variables = counts.is_some_and(|counts| counts.injected > 0);
            return (if has_variables { State::Unassociated } else { State::Irsa }, None);
        }
        // It vanished between the list and its description.
        if let Some(Reading::Known(None)) = association {
            let gone = Gap::new(Source::Association, GapReason::Insufficient, "it was deleted while it was being read");
            return unknown(Some(&gone));
        }
        match trust.map(|trust| trust.decision) {
            _ if self.is_orphan(draft) => return (State::Orphan, None),
            Some(RowDecision::RoleMissing) => return (State::RoleMissing, None),
            Some(RowDecision::Refused) => return (State::Refused, None),
            _ => {}
        }
        let Some(counts) = counts else { return unknown(self.inventory.pods.gap()) };
        let lacking = counts.total - counts.injected - counts.left_out;
        let state = match association.and_then(Reading::present) {
            _ if counts.shadowed > 0 => State::Shadowed,
            _ if counts.stale > 0 => State::Stale,
            Some(_) if counts.not_injected > 0 => State::NotInjected,
            // Which came first is told by the association alone.
            _ if lacking > 0 => {
                let unread = Gap::not_requested(Source::Association, "--no-roles leaves out when it was made");
                return unknown(Some(association.and_then(Reading::gap).unwrap_or(&unread)));
            }
            _ if counts.total == 0 && draft.account.is_none() => return unknown(self.inventory.service_accounts.gap()),
            _ if counts.total == 0 => State::NoPods,
            _ if counts.injected == 0 => State::LeftOut,
            _ => State::Ok,
        };
        (state, None)
    }
}

fn count(pods: &[&PodNote], association: Option<&Association>) -> PodCounts {
    let mut counts = PodCounts { total: pods.len(), ..PodCounts::default() };
    for pod in pods {
        match pod.injection {
            Injection::Injected => counts.injected += 1,
            Injection::LeftOut => counts.left_out += 1,
            Injection::Lacking => match is_stale(pod, association) {
                Some(true) => counts.stale += 1,
                Some(false) => counts.not_injected += 1,
                None => {}
            },
        }
        counts.shadowed += usize::from(pod.is_shadowed);
    }
    counts
}

/// Whether a pod without the variables is too old for its association; `None` where one of the two times is not known.
pub fn is_stale(pod: &PodNote, association: Option<&Association>) -> Option<bool> {
    let (made, created) = (association?.created_at?, pod.created_at?);
    Some(pod.injection == Injection::Lacking && created.duration_since(made) < PROPAGATION)
}

/// The add-on that owns the association, else the tool whose tags it or its role has.
fn managed_by(owner: Option<&str>, association: Option<&Association>, role: Option<&Role>) -> Option<String> {
    if let Some(owner) = owner {
        // `addon/CLUSTER/NAME/ID`; another owner is told as it is.
        let add_on = Arn::parse(owner).and_then(|arn| arn.resource.strip_prefix("addon/")?.split('/').nth(1));
        return Some(add_on.map_or_else(|| owner.to_owned(), |name| format!("addon/{name}")));
    }
    let of_role = || role.and_then(Managed::manager);
    let manager = association.and_then(Managed::manager).or_else(of_role)?;
    Some(manager.word().to_owned())
}
