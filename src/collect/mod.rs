//! The only I/O: how clusters and accounts are reached, and how they are read into evidence.
//!
//! Calls run in waves, all that is independent at once: [`waves::targets`] finds the pod while [`waves::surroundings`] reads what needs
//! none (wave 1); [`waves::subject`] reads what belongs to it (wave 2), then the role and the agent's log (wave 3). Only where that log
//! proves nothing [`waves::node_role`] asks further. No call can stop another, and none can outlast the run. Whatever fails is translated in [`gap`], and nowhere else.

pub mod access;
pub mod beyond;
pub mod candidates;
pub mod gap;
pub mod plan;
pub mod read;
mod session;
pub mod waves;

pub use read::agent::agent_namespace;
pub use session::{Run, Session};
pub use waves::order::{Asked, Collected, Picked, collect, collect_written};

/// Who asks, in the `User-Agent` of each request to Kubernetes.
pub const USER_AGENT: &str = concat!("kubectl-podid/", env!("CARGO_PKG_VERSION"));
