//! What do cluster and container answer when they are asked, not only read? Each check here needs a switch of its own.

pub mod agent_answers;
pub mod agent_reachable;
pub mod assume;
pub mod caller_identity;
pub mod canary;
pub mod cloudtrail;
pub mod environment;
pub mod token;

use super::{Area, Scope, Way};

/// The area.
pub static AREA: Area = Area {
    name: "probe",
    title: "probe",
    hundred: 9,
    way: Way::PodIdentity,
    scope: Scope::Pod,
    needs_node: false,
    is_active: true,
    checks: &[
        &canary::CHECK,
        &token::CHECK,
        &agent_reachable::CHECK,
        &agent_answers::CHECK,
        &caller_identity::CHECK,
        &assume::CHECK,
        &environment::CHECK,
        &cloudtrail::CHECK,
    ],
};
