//! Would IAM roles for service accounts (IRSA) give the pod its role? Asked only of pods that are on it.

pub mod could_migrate;
pub mod missing_variables;
pub mod provider;
pub mod role_exists;
pub mod token;
pub mod trust_conditions;
pub mod variables;

use super::Check;

/// The checks of this area, prerequisites first.
pub static CHECKS: &[&Check] = &[
    &role_exists::CHECK,
    &provider::CHECK,
    &trust_conditions::CHECK,
    &variables::CHECK,
    &token::CHECK,
    &could_migrate::CHECK,
];
