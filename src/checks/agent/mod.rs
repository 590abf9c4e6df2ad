//! Is the agent well on the pod's node?

pub mod add_on;
pub mod address_family;
pub mod answered;
pub mod arguments;
pub mod asked;
pub mod installed;
mod overtaken;
pub mod ready;
pub mod running_on_node;
pub mod stable;
pub mod started_before_pod;
pub mod version;

use super::Check;

/// The checks of this area, prerequisites first.
pub static CHECKS: &[&Check] = &[
    &installed::CHECK,
    &running_on_node::CHECK,
    &ready::CHECK,
    &stable::CHECK,
    &arguments::CHECK,
    &address_family::CHECK,
    &add_on::CHECK,
    &version::CHECK,
    &started_before_pod::CHECK,
    &asked::CHECK,
    &answered::CHECK,
];
