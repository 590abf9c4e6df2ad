//! What hangs on the settings of an association: its target role, and what policies expect of session tags.
//!
//! It is separate because most associations have neither, and then nothing is asked.

use futures::join;

use crate::collect::access::clients::AwsClients;
use crate::collect::read::iam;
use crate::collect::read::simulation::{Asked, simulate_each};
use crate::collect::session::Session;
use crate::evidence::{Association, CallerIdentity, ContextKeys, Gap, Reading, Role, Simulation, Source};
use crate::reasoning::iam::calls::ASSUME_ROLE;

/// The target role, what the associated role may do with it, and the keys that the associated role's policies mention.
pub type Settings = (Reading<Option<Role>>, Reading<Vec<Simulation>>, Reading<ContextKeys>);

/// Reads what the settings ask for.
pub async fn read(
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
        session.run.ask(Source::TargetRole, iam::role(clients, Source::TargetRole, caller, target)),
        session.run.ask(source, simulate_each(clients, source, caller, asked, association.target_actions())),
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
    session.run.ask(source, iam::context_keys(clients, caller, &association.role_arn)).await
}

/// All three, where they could not be asked for.
pub fn none(gap: impl Fn(Source) -> Gap) -> Settings {
    (
        Reading::Unavailable(gap(Source::TargetRole)),
        Reading::Unavailable(gap(Source::TargetRoleSimulation)),
        Reading::Unavailable(gap(Source::RoleContextKeys)),
    )
}
