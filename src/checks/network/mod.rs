//! Does anything stand between the container and the agent?

pub mod engines;
pub mod host_network;
pub mod pod_security_groups;
pub mod policies;

use super::Check;

/// The checks of this area, prerequisites first.
pub static CHECKS: &[&Check] = &[&policies::CHECK, &pod_security_groups::CHECK, &host_network::CHECK];
