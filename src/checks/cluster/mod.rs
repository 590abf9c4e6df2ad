//! Is this a place where Pod Identity exists?

pub mod amazon_eks;
pub mod healthy;
pub mod node_supported;
pub mod same_cluster;
pub mod supports_pod_identity;

use super::{Area, Scope, Way};

/// The area.
pub static AREA: Area = Area {
    name: "cluster",
    title: "cluster",
    hundred: 1,
    way: Way::Both,
    scope: Scope::Cluster,
    needs_node: false,
    is_active: false,
    checks: &[
        &amazon_eks::CHECK,
        &same_cluster::CHECK,
        &supports_pod_identity::CHECK,
        &healthy::CHECK,
        &node_supported::CHECK,
    ],
};
