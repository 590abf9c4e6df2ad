//! Does anything stand between the container and the agent?

pub mod cilium;
pub mod engines;
pub mod host_network;
pub mod mesh;
pub mod pod_security_groups;
pub mod policies;
pub mod proxy;

use super::Check;

/// The checks of this area, prerequisites first.
pub static CHECKS: &[&Check] =
    &[&policies::CHECK, &cilium::CHECK, &pod_security_groups::CHECK, &proxy::CHECK, &mesh::CHECK, &host_network::CHECK];
