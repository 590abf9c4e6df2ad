//! Does anything stand between the container and the agent?

pub mod cilium;
pub mod engines;
pub mod host_network;
pub mod mesh;
pub mod pod_security_groups;
pub mod policies;
pub mod proxy;

use super::{Area, Group, Scope, Way};

/// The area.
pub static AREA: Area = Area {
    name: "network",
    title: "network",
    hundred: 5,
    way: Way::PodIdentity,
    scope: Scope::Pod,
    needs_node: true,
    is_active: false,
    checks: &[
        &policies::CHECK,
        &cilium::CHECK,
        &pod_security_groups::CHECK,
        &proxy::CHECK,
        &mesh::CHECK,
        &host_network::CHECK,
    ],
};

/// What keeps a container from the agent.
pub static KEEPS_AWAY: Group =
    &[&policies::CHECK, &cilium::CHECK, &pod_security_groups::CHECK, &proxy::CHECK, &mesh::CHECK, &host_network::CHECK];
