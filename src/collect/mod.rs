//! The only I/O: how clusters and accounts are reached, and how they are read into evidence.
//!
//! Calls run in waves, all that is independent at once: [`targets`] finds the pod while [`surroundings`] reads what needs
//! none (wave 1); [`subject`] reads what belongs to it (wave 2), then the role and the agent's log (wave 3). Only where that log
//! proves nothing [`node_role`] asks further. No call can stop another, and none can outlast the run. Whatever fails is translated in [`gap`], and nowhere else.

pub mod access_review;
pub mod active;
pub mod agent_log;
mod amazon;
mod assigned_role;
pub mod assume;
pub mod bounded;
pub mod canary;
pub mod candidates;
mod cilium;
pub mod clients;
mod daemon_sets;
pub mod detection;
mod eks;
pub mod eks_name;
mod environment;
mod events;
pub mod everything;
pub mod exec_auth;
pub mod gap;
mod iam;
pub mod kubeconfig;
mod kubernetes;
mod login;
mod login_program;
mod node_compute;
mod node_role;
mod owner;
pub mod plan;
pub mod probe;
mod run;
pub mod server_host;
mod session;
pub mod siblings;
mod simulation;
mod sts;
mod subject;
mod surroundings;
mod target_role;
mod targets;
pub mod waiting;
mod web_identity;
mod workload_pods;

pub use daemon_sets::agent_namespace;
pub use everything::{Asked, Collected, Picked, collect};
pub use run::Run;
pub use session::Session;

/// Who asks, in the `User-Agent` of each request to Kubernetes.
pub const USER_AGENT: &str = concat!("kubectl-podid/", env!("CARGO_PKG_VERSION"));
