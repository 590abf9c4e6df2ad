//! What the tests have in common: a scene of their own in the cluster, the played AWS, and runs of the binary.

pub mod agent;
pub mod amazon;
pub mod api;
pub mod hold;
pub mod kubeconfig;
pub mod kubelet;
pub mod node_agent;
pub mod probed;
pub mod real_node;
pub mod relay;
pub mod report;
pub mod rights;
pub mod run;
pub mod scene;
pub mod second_webhook;
pub mod trust;
pub mod webhook;
pub mod workloads;
