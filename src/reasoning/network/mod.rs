//! Whether a pod reaches one address: by network policies, by those of Cilium, by its proxy settings.
//!
//! Cilium knows destinations by identity: the agent has the one of the host, and its policies are another language.

pub mod cilium;
pub mod egress;
pub mod proxy;
