//! Dry-runs of new pods: what is sent, over which connections, and what each answer tells.

pub mod dry_runs;
pub mod new_pod;

pub use dry_runs::Shared;
pub use new_pod::NewPod;
