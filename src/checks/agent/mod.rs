//! Is the agent well on the pod's node?

pub mod add_on;
pub mod answered;
pub mod asked;
pub mod installed;
pub mod ready;
pub mod running_on_node;
pub mod stable;

use super::Check;

/// The checks of this area, prerequisites first.
pub static CHECKS: &[&Check] = &[
    &installed::CHECK,
    &running_on_node::CHECK,
    &ready::CHECK,
    &stable::CHECK,
    &add_on::CHECK,
    &asked::CHECK,
    &answered::CHECK,
];
