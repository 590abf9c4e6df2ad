//! What did the webhook put into the pod?

pub mod containers_selected;
pub mod ephemeral_containers;
pub mod kept;
pub mod pod_selected;
pub mod pods_can_be_created;
pub mod siblings;
pub mod token;
pub mod variables;
pub mod variables_not_preset;
pub mod webhook;

use super::Check;

/// The checks of this area, prerequisites first.
pub static CHECKS: &[&Check] = &[
    &webhook::CHECK,
    &pod_selected::CHECK,
    &containers_selected::CHECK,
    &variables::CHECK,
    &variables_not_preset::CHECK,
    &token::CHECK,
    &siblings::CHECK,
    &ephemeral_containers::CHECK,
    &kept::CHECK,
    &pods_can_be_created::CHECK,
];
