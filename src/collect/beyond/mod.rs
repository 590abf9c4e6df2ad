//! What goes beyond reading, and only where it was asked for: dry-runs, EKS Auth, CloudTrail, logs that nodes keep, a program in the
//! pod.

pub mod active;
pub mod assume;
pub mod canary;
pub mod cloud_trail;
pub mod leftovers;
pub mod node_logs;
pub mod probe;
pub mod waiting;
