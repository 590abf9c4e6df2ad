//! Is this a place where Pod Identity exists?

pub mod amazon_eks;
pub mod healthy;
pub mod node_supported;
pub mod same_cluster;
pub mod supports_pod_identity;

use super::Check;

/// The checks of this area, prerequisites first.
pub static CHECKS: &[&Check] =
    &[&amazon_eks::CHECK, &same_cluster::CHECK, &supports_pod_identity::CHECK, &healthy::CHECK, &node_supported::CHECK];
