//! What did the webhook put into the pod?

pub mod containers_selected;
pub mod ephemeral_containers;
pub mod kept;
pub mod pod_selected;
pub mod pod_starts;
pub mod pods_can_be_created;
pub mod siblings;
pub mod token;
pub mod variables;
pub mod variables_not_preset;
pub mod webhook;

use super::{Area, Group, Scope, Way};

/// The area.
pub static AREA: Area = Area {
    name: "injection",
    title: "injection",
    hundred: 3,
    way: Way::PodIdentity,
    scope: Scope::Pod,
    needs_node: false,
    is_active: false,
    checks: &[
        &webhook::CHECK,
        &pod_selected::CHECK,
        &containers_selected::CHECK,
        &variables::CHECK,
        &variables_not_preset::CHECK,
        &token::CHECK,
        &siblings::CHECK,
        &ephemeral_containers::CHECK,
        &kept::CHECK,
        &pod_starts::CHECK,
        &pods_can_be_created::CHECK,
    ],
};

/// What keeps the webhook from injecting a new pod.
pub static PREVENTS: Group =
    &[&webhook::CHECK, &pod_selected::CHECK, &containers_selected::CHECK, &variables_not_preset::CHECK];
