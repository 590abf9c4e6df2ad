//! Does (namespace, service account) lead to a role?

pub mod annotation_agrees;
pub mod created_before_pod;
pub mod exists;
pub mod managed_elsewhere;
pub mod missing;
pub mod near_misses;
pub mod role_account;
pub mod service_account;
pub mod service_account_unchanged;
pub mod unchanged_since_pod;

use super::{Area, Group, Scope, Way};

/// The area.
pub static AREA: Area = Area {
    name: "association",
    title: "association",
    hundred: 2,
    way: Way::PodIdentity,
    scope: Scope::Pod,
    needs_node: false,
    is_active: false,
    checks: &[
        &exists::CHECK,
        &created_before_pod::CHECK,
        &unchanged_since_pod::CHECK,
        &role_account::CHECK,
        &service_account::CHECK,
        &service_account_unchanged::CHECK,
        &annotation_agrees::CHECK,
        &managed_elsewhere::CHECK,
    ],
};

/// What makes EKS Auth find no association that fits the token.
pub static MISMATCHES: Group =
    &[&exists::CHECK, &role_account::CHECK, &service_account::CHECK, &service_account_unchanged::CHECK];
