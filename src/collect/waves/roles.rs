//! The waves that read roles: the associated one, its target, the one of web identity.

use futures::join;

use crate::collect::access::clients::AwsClients;
use crate::collect::read::simulation::{self, Asked, simulate_each};
use crate::collect::read::{eks, iam};
use crate::collect::session::Session;
use crate::collect::waves::surroundings::{self, Answer, Surroundings};
use crate::evidence::aws::role::Arn;
use crate::evidence::aws::simulation::SimulatedRight;
use crate::evidence::{
    Association, Associations, CallerIdentity, Cluster, ContextKeys, Evidence, Gap, IdentityProviders, Pod,
    PolicyNames, ProviderSettings, Reading, Role, ServiceAccount, Simulation, Source,
};
use crate::reasoning::iam::calls::ASSUME_ROLE;
use crate::reasoning::role::irsa::{provider_arn, wanted_role};

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
                read_settings(session, clients, &caller, association),
            )
        }
        Reading::Known(None) => not_asked(|source| Gap::not_requested(source, "there is no association")),
        Reading::Unavailable(gap) => not_asked(|source| Gap::blocked_by(source, gap)),
    };
    (widened, association, role, settings)
}

pub use crate::collect::read::simulation::Rights;

/// Simulates what a role may do; what is not answered in time is a gap of its own.
pub async fn rights(session: &Session, evidence: &Evidence, asked: Rights<'_>) -> Vec<SimulatedRight> {
    let place = surroundings::of(session, &evidence.target.namespace).place.await;
    match place.clients {
        Ok(clients) => simulation::rights(&clients, &evidence.caller_identity, asked, session.run).await,
        Err(obstacle) => {
            let unasked = |(action, resource): &(String, String)| SimulatedRight {
                action: action.clone(),
                resource: resource.clone(),
                role: obstacle.clone().reading(Source::NodeRoleSimulation),
                session: None,
            };
            asked.asked.iter().map(unasked).collect()
        }
    }
}

/// All associations of the cluster, asked for once a run.
pub async fn all_associations(session: &Session, clients: &AwsClients, cluster: &str) -> Reading<Associations> {
    let read = eks::associations(clients, cluster, None, None, true);
    session.once(Source::Associations, "all namespaces", read).await
}

/// Looks again where the first page has no row: for this service account by name, then for near misses everywhere.
async fn more_associations(
    session: &Session,
    clients: &AwsClients,
    cluster: &str,
    first_page: &Associations,
    (namespace, account): (&str, &str),
) -> Reading<Associations> {
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
    match all_associations(session, clients, cluster).await {
        // What was answered for this service account stands, whatever became of the wider search.
        Reading::Unavailable(_) => Reading::Known(known),
        Reading::Known(all) => Reading::Known(Associations { asked_for: known.asked_for, ..all }),
    }
}

fn not_asked(gap: impl Fn(Source) -> Gap) -> (Reading<Option<Role>>, Settings) {
    (Reading::Unavailable(gap(Source::Role)), Settings::none(gap))
}

fn behind_list(list: &Reading<Associations>) -> AssignedRole {
    let fallback = || Gap::not_requested(Source::Associations, "the EKS cluster is not known");
    let gap = list.gap().cloned().unwrap_or_else(fallback);
    let (role, settings) = not_asked(|source| Gap::blocked_by(source, &gap));
    (None, Reading::Unavailable(Gap::blocked_by(Source::Association, &gap)), role, settings)
}

/// What the association and the associated role ask for: the target role and what the associated role may do with it, the
/// keys that its policies mention, and whether it has policies.
#[derive(Clone)]
pub struct Settings {
    target_role: Reading<Option<Role>>,
    target_role_simulation: Reading<Vec<Simulation>>,
    role_context_keys: Reading<ContextKeys>,
    role_inline_policies: Reading<Option<PolicyNames>>,
    role_attached_policies: Reading<Option<PolicyNames>>,
}

impl Settings {
    /// All, where they could not be asked for.
    fn none(gap: impl Fn(Source) -> Gap) -> Self {
        Self {
            target_role: Reading::Unavailable(gap(Source::TargetRole)),
            target_role_simulation: Reading::Unavailable(gap(Source::TargetRoleSimulation)),
            role_context_keys: Reading::Unavailable(gap(Source::RoleContextKeys)),
            role_inline_policies: Reading::Unavailable(gap(Source::RoleInlinePolicies)),
            role_attached_policies: Reading::Unavailable(gap(Source::RoleAttachedPolicies)),
        }
    }

    /// Puts them where they belong.
    pub fn fill(self, evidence: &mut Evidence) {
        evidence.target_role = self.target_role;
        evidence.target_role_simulation = self.target_role_simulation;
        evidence.role_context_keys = self.role_context_keys;
        evidence.role_inline_policies = self.role_inline_policies;
        evidence.role_attached_policies = self.role_attached_policies;
    }
}

/// Reads what the settings ask for.
async fn read_settings(
    session: &Session,
    clients: &AwsClients,
    caller: &Reading<CallerIdentity>,
    association: &Association,
) -> Settings {
    let ((target_role, target_role_simulation), role_context_keys, (role_inline_policies, role_attached_policies)) = join!(
        target(session, clients, caller, association),
        context_keys(session, clients, caller, association),
        policies(session, clients, caller, association),
    );
    Settings { target_role, target_role_simulation, role_context_keys, role_inline_policies, role_attached_policies }
}

/// The policies of the role that acts: of one that only assumes another they are of no matter.
async fn policies(
    session: &Session,
    clients: &AwsClients,
    caller: &Reading<CallerIdentity>,
    association: &Association,
) -> (Reading<Option<PolicyNames>>, Reading<Option<PolicyNames>>) {
    let (inline, attached) = (Source::RoleInlinePolicies, Source::RoleAttachedPolicies);
    if association.target().is_some() {
        let gap = |source| Reading::Unavailable(Gap::not_requested(source, "the target role acts in its place"));
        return (gap(inline), gap(attached));
    }
    let arn = &association.role_arn;
    join!(
        session.once(inline, arn, iam::inline_policies(clients, caller, arn)),
        session.once(attached, arn, iam::attached_policies(clients, caller, arn)),
    )
}

/// The target role of an association, and what the associated role may do with it.
pub async fn target(
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

/// The role of IRSA, the identity providers of its account, and the settings of the cluster's.
pub type WebIdentity = (Reading<Option<Role>>, Reading<IdentityProviders>, Reading<Option<ProviderSettings>>);

/// Reads them, once it is known that there is no association, and which role is asked for.
pub async fn read_web_identity(
    session: &Session,
    around: &Surroundings<'_>,
    pod: Option<&Pod>,
    account: Answer<'_, Reading<Option<ServiceAccount>>>,
    assigned: Answer<'_, AssignedRole>,
) -> WebIdentity {
    let (account, (_, association, ..)) = join!(account, assigned);
    let not_asked = |why| no_web_identity(|source| Gap::not_requested(source, why));
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
        session.once(Source::IdentityProviders, account_of(arn), iam::identity_providers(clients, &caller, arn)),
        provider_settings(session, around, clients, &caller, arn),
    )
}

/// The account of a role, whose providers are one list; the text itself where it is no ARN.
fn account_of(role_arn: &str) -> &str {
    Arn::parse(role_arn).map_or(role_arn, |arn| arn.account)
}

/// All, where an earlier answer is missing.
fn behind(gap: &Gap) -> WebIdentity {
    no_web_identity(|source| Gap::blocked_by(source, gap))
}

fn no_web_identity(gap: impl Fn(Source) -> Gap) -> WebIdentity {
    (
        Reading::Unavailable(gap(Source::IrsaRole)),
        Reading::Unavailable(gap(Source::IdentityProviders)),
        Reading::Unavailable(gap(Source::IdentityProvider)),
    )
}

/// The settings of the provider of the cluster's issuer, in the account of the role.
async fn provider_settings(
    session: &Session,
    around: &Surroundings<'_>,
    clients: &AwsClients,
    caller: &Reading<CallerIdentity>,
    role_arn: &str,
) -> Reading<Option<ProviderSettings>> {
    let source = Source::IdentityProvider;
    if let Err(gap) = iam::name_in_own_account(source, caller, role_arn) {
        return Reading::Unavailable(gap);
    }
    let cluster = around.amazon.cluster.clone().await;
    let issuer = match &cluster {
        Reading::Known(cluster) => cluster.as_ref().and_then(Cluster::issuer),
        Reading::Unavailable(gap) => return Reading::Unavailable(Gap::blocked_by(source, gap)),
    };
    let Some(arn) = issuer.and_then(|issuer| provider_arn(role_arn, issuer)) else {
        return Reading::Unavailable(Gap::not_requested(source, "the cluster's issuer is not known"));
    };
    session.once(source, &arn, iam::identity_provider(clients, &arn)).await
}

fn behind_caller<T>(caller: &Reading<T>) -> WebIdentity {
    let first = Gap::not_requested(Source::CallerIdentity, "AWS is not asked");
    behind(caller.gap().unwrap_or(&first))
}
