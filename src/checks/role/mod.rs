//! What does AWS think of the role?

pub mod allows_tag_session;
pub mod conditions;
pub mod exists;
pub mod in_effect;
pub mod not_denied;
pub mod permissions;
pub mod session_policy;
pub mod session_tags;
pub mod target_role;
pub mod trust_is_scoped;
pub mod trusts_service;

use super::{Area, Group, Scope, Way};

/// The area.
pub static AREA: Area = Area {
    name: "role",
    title: "role",
    hundred: 8,
    way: Way::PodIdentity,
    scope: Scope::Pod,
    needs_node: false,
    is_active: false,
    checks: &[
        &exists::CHECK,
        &trusts_service::CHECK,
        &allows_tag_session::CHECK,
        &conditions::CHECK,
        &not_denied::CHECK,
        &target_role::CHECK,
        &session_policy::CHECK,
        &trust_is_scoped::CHECK,
        &session_tags::CHECK,
        &permissions::CHECK,
        &in_effect::CHECK,
    ],
};

/// What makes EKS Auth refuse the role.
pub static REFUSES: Group = &[
    &exists::CHECK,
    &trusts_service::CHECK,
    &allows_tag_session::CHECK,
    &conditions::CHECK,
    &not_denied::CHECK,
    &target_role::CHECK,
];
