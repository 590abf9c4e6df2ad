//! Remedies that several checks give, each worded once for every `--fix-format`: one file for each thing that is changed.

pub mod agent;
pub mod association;
pub mod doctor;
pub mod network;
pub mod node_role;
pub mod restart;
pub mod target_role;
pub mod template;
pub mod trust;
pub mod web_identity;
pub mod webhook;
pub mod words;

pub use association::{RoleToName, create_association, delete_association, use_service_account};
pub use restart::restart;
pub use template::{cluster_name, region_option};
