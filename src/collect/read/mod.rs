//! What is read: one file for each kind of object or service.

pub mod agent;
pub(in crate::collect) mod cilium;
pub(in crate::collect) mod eks;
pub(in crate::collect) mod events;
pub(in crate::collect) mod iam;
pub(in crate::collect) mod kubernetes;
pub mod manifest;
pub(in crate::collect) mod node_compute;
pub(in crate::collect) mod owner;
pub mod simulation;
pub(in crate::collect) mod workload_pods;
