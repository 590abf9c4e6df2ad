//! From the list of associations to the one of a service account, and to its role.

use futures::join;

use crate::collect::access::clients::AwsClients;
use crate::collect::read::eks;
use crate::collect::read::iam;
use crate::collect::session::Session;
use crate::collect::waves::surroundings::Surroundings;
use crate::collect::waves::target_role::{self, Settings};
use crate::evidence::{Association, Associations, Gap, Reading, Role, Source};

/// The list if it had to be looked through further, the association, the role, and what the association's settings ask for.
pub type AssignedRole = (Option<Reading<Associations>>, Reading<Option<Association>>, Reading<Option<Role>>, Settings);

/// Reads what is associated with a service account.
pub async fn read(session: &Session, around: &Surroundings<'_>, namespace: &str, account: &str) -> AssignedRole {
    let (place, list) = join!(around.place.clone(), around.amazon.associations.clone());
    let (Ok((clients, cluster)), Some(first_page)) = (place.eks(), list.known()) else { return behind_list(&list) };
    let mut widened = None;
    let mut row = first_page.of(namespace, account).cloned();
    if row.is_none() {
        let list = more_associations(session, clients, cluster, first_page, (namespace, account)).await;
        row = list.known().and_then(|list| list.of(namespace, account)).cloned();
        widened = Some(list);
    }
    let Some(row) = row else {
        if let Some(gap) = widened.as_ref().and_then(Reading::gap) {
            let (_, association, role, settings) = behind_list(&Reading::Unavailable(gap.clone()));
            return (widened, association, role, settings);
        }
        let (role, settings) = not_asked(|source| Gap::not_requested(source, "there is no association"));
        return (widened, Reading::Known(None), role, settings);
    };
    let read = eks::association(clients, cluster, &row.association_id);
    let association = session.run.ask(Source::Association, read).await;
    let (role, settings) = match &association {
        Reading::Known(Some(association)) => {
            let caller = around.amazon.caller_identity.clone().await;
            join!(
                session.run.ask(Source::Role, iam::role(clients, Source::Role, &caller, &association.role_arn)),
                target_role::read(session, clients, &caller, association),
            )
        }
        Reading::Known(None) => not_asked(|source| Gap::not_requested(source, "there is no association")),
        Reading::Unavailable(gap) => not_asked(|source| Gap::blocked_by(source, gap)),
    };
    (widened, association, role, settings)
}

/// Looks again where the first page has no row: for this service account by name, then for near misses everywhere.
async fn more_associations(
    session: &Session,
    clients: &AwsClients,
    cluster: &str,
    first_page: &Associations,
    (namespace, account): (&str, &str),
) -> Reading<Associations> {
    let ask = |read| session.run.ask(Source::Associations, read);
    let mut known = first_page.clone();
    if !known.complete {
        let one = eks::associations(clients, cluster, Some(namespace), Some(account), false);
        match session.run.ask(Source::Associations, one).await {
            Reading::Known(found) => {
                known.asked_for = found.asked_for;
                known.associations.extend(found.associations);
            }
            refused @ Reading::Unavailable(_) => return refused,
        }
        if known.of(namespace, account).is_some() {
            return Reading::Known(known);
        }
    }
    match ask(eks::associations(clients, cluster, None, None, true)).await {
        // What was answered for this service account stands, whatever became of the wider search.
        Reading::Unavailable(_) => Reading::Known(known),
        Reading::Known(all) => Reading::Known(Associations { asked_for: known.asked_for, ..all }),
    }
}

fn not_asked(gap: impl Fn(Source) -> Gap) -> (Reading<Option<Role>>, Settings) {
    (Reading::Unavailable(gap(Source::Role)), target_role::none(gap))
}

fn behind_list(list: &Reading<Associations>) -> AssignedRole {
    let fallback = || Gap::not_requested(Source::Associations, "the EKS cluster is not known");
    let gap = list.gap().cloned().unwrap_or_else(fallback);
    let (role, settings) = not_asked(|source| Gap::blocked_by(source, &gap));
    (None, Reading::Unavailable(Gap::blocked_by(Source::Association, &gap)), role, settings)
}
