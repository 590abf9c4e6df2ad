//! Does EKS Auth answer the agent?

pub mod clock;
pub mod node_credentials;
pub mod node_role;
pub mod not_throttled;
pub mod reachable;
mod standing;
pub mod token_accepted;

use super::Check;

/// The checks of this area, prerequisites first.
pub static CHECKS: &[&Check] = &[
    &node_role::CHECK,
    &reachable::CHECK,
    &node_credentials::CHECK,
    &not_throttled::CHECK,
    &token_accepted::CHECK,
    &clock::CHECK,
];
