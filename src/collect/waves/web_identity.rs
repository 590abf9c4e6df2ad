//! What belongs to IAM roles for service accounts: read only where no association gives the service account a role.

use futures::join;

use crate::collect::read::iam;
use crate::collect::session::Session;
use crate::collect::waves::assigned_role::AssignedRole;
use crate::collect::waves::surroundings::{Answer, Surroundings};
use crate::evidence::{Gap, IdentityProviders, Pod, Reading, Role, ServiceAccount, Source};
use crate::reasoning::role::irsa::wanted_role;

/// The role of IRSA, and the identity providers of its account.
pub type WebIdentity = (Reading<Option<Role>>, Reading<IdentityProviders>);

/// Reads both, once it is known that there is no association, and which role is asked for.
pub async fn read(
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
        session.run.ask(Source::IrsaRole, iam::role(clients, Source::IrsaRole, &caller, arn)),
        session.run.ask(Source::IdentityProviders, iam::identity_providers(clients, &caller, arn)),
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
