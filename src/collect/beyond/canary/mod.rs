//! Dry-runs of new pods: what is sent, over which connections, and what each answer tells.

pub mod dry_runs;
pub mod new_pod;
pub mod refusal;
mod shared;

pub use new_pod::NewPod;
pub use shared::Shared;
