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

use super::{Area, Scope, Way};

/// The area.
pub static AREA: Area = Area {
    name: "agent",
    title: "agent",
    hundred: 6,
    way: Way::PodIdentity,
    scope: Scope::Node,
    needs_node: true,
    is_active: false,
    checks: &[
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
    ],
};
