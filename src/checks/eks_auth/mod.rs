//! Does EKS Auth answer the agent?

pub mod clock;
pub mod node_credentials;
pub mod node_role;
pub mod not_throttled;
pub mod reachable;
mod standing;
pub mod token_accepted;

use super::{Area, Group, Scope, Way};

/// The area.
pub static AREA: Area = Area {
    name: "eks-auth",
    title: "EKS Auth",
    hundred: 7,
    way: Way::PodIdentity,
    scope: Scope::Node,
    needs_node: true,
    is_active: false,
    checks: &[
        &node_role::CHECK,
        &reachable::CHECK,
        &node_credentials::CHECK,
        &not_throttled::CHECK,
        &token_accepted::CHECK,
        &clock::CHECK,
    ],
};

/// What makes EKS Auth refuse the agent, or keeps the agent from it.
pub static REFUSES: Group = &[
    &node_role::CHECK,
    &reachable::CHECK,
    &node_credentials::CHECK,
    &not_throttled::CHECK,
    &token_accepted::CHECK,
    &clock::CHECK,
];
