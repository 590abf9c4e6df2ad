//! The only I/O: how clusters and accounts are reached, and how they are read into evidence.

pub mod clients;
pub mod kubeconfig;

/// Who asks, in the `User-Agent` of each request to Kubernetes.
pub const USER_AGENT: &str = concat!("kubectl-podid/", env!("CARGO_PKG_VERSION"));
