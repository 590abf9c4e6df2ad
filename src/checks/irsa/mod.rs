//! Would IAM roles for service accounts (IRSA) give the pod its role? Asked only of pods that are on it.

pub mod could_migrate;
pub mod missing_variables;
pub mod provider;
pub mod role_exists;
pub mod token;
pub mod trust_conditions;
pub mod variables;

use super::{Area, Scope, Way};

/// The area.
pub static AREA: Area = Area {
    name: "irsa",
    title: "IRSA",
    hundred: 8,
    way: Way::Irsa,
    scope: Scope::Pod,
    needs_node: false,
    is_active: false,
    checks: &[
        &role_exists::CHECK,
        &provider::CHECK,
        &trust_conditions::CHECK,
        &variables::CHECK,
        &token::CHECK,
        &could_migrate::CHECK,
    ],
};
