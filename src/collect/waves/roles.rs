//! The waves that read roles: the associated one, its target, the one of web identity.

use futures::join;

use crate::collect::access::clients::AwsClients;
use crate::collect::read::iam::{Asked, simulate_each};
use crate::collect::read::{eks, iam};
use crate::collect::session::Session;
use crate::collect::waves::surroundings::{Answer, Surroundings};
use crate::evidence::{
    Association, Associations, CallerIdentity, ContextKeys, Gap, IdentityProviders, Pod, Reading, Role, ServiceAccount,
    Simulation, Source,
};
use crate::reasoning::iam::calls::ASSUME_ROLE;
use crate::reasoning::role::irsa::wanted_role;

/// The list if it had to be looked through further, the association, the role, and what the association's settings ask for.
pub type AssignedRole = (Option<Reading<Associations>>, Reading<Option<Association>>, Reading<Option<Role>>, Settings);

/// Reads what is associated with a service account.
pub async fn read_assigned(
    session: &Session,
    around: &Surroundings<'_>,
    namespace: &str,
    account: &str,
) -> AssignedRole {
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
    let association = session.once(Source::Association, &row.association_id, read).await;
    let (role, settings) = match &association {
        Reading::Known(Some(association)) => {
            let caller = around.amazon.caller_identity.clone().await;
            join!(
                session.once(
                    Source::Role,
                    &association.role_arn,
                    iam::role(clients, Source::Role, &caller, &association.role_arn)
                ),
                read_target(session, clients, &caller, association),
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
    let ask = |read| session.once(Source::Associations, "all namespaces", read);
    let mut known = first_page.clone();
    if !known.complete {
        let one = eks::associations(clients, cluster, Some(namespace), Some(account), false);
        match session.once(Source::Associations, format!("{namespace}/{account}"), one).await {
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
    (Reading::Unavailable(gap(Source::Role)), none(gap))
}

fn behind_list(list: &Reading<Associations>) -> AssignedRole {
    let fallback = || Gap::not_requested(Source::Associations, "the EKS cluster is not known");
    let gap = list.gap().cloned().unwrap_or_else(fallback);
    let (role, settings) = not_asked(|source| Gap::blocked_by(source, &gap));
    (None, Reading::Unavailable(Gap::blocked_by(Source::Association, &gap)), role, settings)
}

/// The target role, what the associated role may do with it, and the keys that the associated role's policies mention.
pub type Settings = (Reading<Option<Role>>, Reading<Vec<Simulation>>, Reading<ContextKeys>);

/// Reads what the settings ask for.
async fn read_target(
    session: &Session,
    clients: &AwsClients,
    caller: &Reading<CallerIdentity>,
    association: &Association,
) -> Settings {
    let ((target_role, simulation), keys) =
        join!(target(session, clients, caller, association), context_keys(session, clients, caller, association));
    (target_role, simulation, keys)
}

async fn target(
    session: &Session,
    clients: &AwsClients,
    caller: &Reading<CallerIdentity>,
    association: &Association,
) -> (Reading<Option<Role>>, Reading<Vec<Simulation>>) {
    let Some(target) = association.target() else {
        let gap = |source| Gap::not_requested(source, "the association has no target role");
        return (
            Reading::Unavailable(gap(Source::TargetRole)),
            Reading::Unavailable(gap(Source::TargetRoleSimulation)),
        );
    };
    let source = Source::TargetRoleSimulation;
    let asked = Asked { role_arn: &association.role_arn, action: ASSUME_ROLE, resource: target };
    join!(
        session.once(Source::TargetRole, target, iam::role(clients, Source::TargetRole, caller, target)),
        session.once(
            source,
            format!("{} {target}", association.role_arn),
            simulate_each(clients, source, caller, asked, association.target_actions())
        ),
    )
}

async fn context_keys(
    session: &Session,
    clients: &AwsClients,
    caller: &Reading<CallerIdentity>,
    association: &Association,
) -> Reading<ContextKeys> {
    let source = Source::RoleContextKeys;
    if association.has_session_tags() {
        return Reading::Unavailable(Gap::not_requested(source, "sessions are tagged"));
    }
    session.once(source, &association.role_arn, iam::context_keys(clients, caller, &association.role_arn)).await
}

/// All three, where they could not be asked for.
pub fn none(gap: impl Fn(Source) -> Gap) -> Settings {
    (
        Reading::Unavailable(gap(Source::TargetRole)),
        Reading::Unavailable(gap(Source::TargetRoleSimulation)),
        Reading::Unavailable(gap(Source::RoleContextKeys)),
    )
}

/// The role of IRSA, and the identity providers of its account.
pub type WebIdentity = (Reading<Option<Role>>, Reading<IdentityProviders>);

/// Reads both, once it is known that there is no association, and which role is asked for.
pub async fn read_web_identity(
    session: &Session,
    around: &Surroundings<'_>,
    pod: Option<&Pod>,
    account: Answer<'_, Reading<Option<ServiceAccount>>>,
    assigned: Answer<'_, AssignedRole>,
) -> WebIdentity {
    let (account, (_, association, ..)) = join!(account, assigned);
    let not_asked = |why| {
        let gap = |source| Gap::not_requested(source, why);
        (Reading::Unavailable(gap(Source::IrsaRole)), Reading::Unavailable(gap(Source::IdentityProviders)))
    };
    match &association {
        Reading::Known(None) => {}
        Reading::Known(Some(_)) => return not_asked("the service account has an association"),
        Reading::Unavailable(gap) => return behind(gap),
    }
    // Variables of Pod Identity without an association: it was deleted, and the pod is not on IRSA.
    if pod.is_some_and(|pod| !pod.from_template && pod.containers().any(|one| one.has_pod_identity_variables())) {
        return not_asked("the pod has the variables of Pod Identity");
    }
    let Some(arn) = wanted_role(account.present(), pod) else {
        return match account.gap() {
            Some(gap) => behind(gap),
            None => not_asked("nothing asks for IAM roles for service accounts"),
        };
    };
    let (place, caller) = join!(around.place.clone(), around.amazon.caller_identity.clone());
    let Ok(clients) = &place.clients else { return behind_caller(&caller) };
    join!(
        session.once(Source::IrsaRole, arn, iam::role(clients, Source::IrsaRole, &caller, arn)),
        session.once(Source::IdentityProviders, arn, iam::identity_providers(clients, &caller, arn)),
    )
}

/// Both, where an earlier answer is missing.
fn behind(gap: &Gap) -> WebIdentity {
    let gap = |source| Gap::blocked_by(source, gap);
    (Reading::Unavailable(gap(Source::IrsaRole)), Reading::Unavailable(gap(Source::IdentityProviders)))
}

fn behind_caller<T>(caller: &Reading<T>) -> WebIdentity {
    let first = Gap::not_requested(Source::CallerIdentity, "AWS is not asked");
    behind(caller.gap().unwrap_or(&first))
}
