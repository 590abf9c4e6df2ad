//! Remedies that several checks give, each worded once for every `--fix-format`: one file for each thing that is changed.

pub mod agent;
pub mod agent_arguments;
pub mod agent_trouble;
pub mod agent_version;
pub mod association;
pub mod canary;
pub mod cilium;
pub mod made_pods;
pub mod network;
pub mod node_role;
pub mod place;
pub mod restart;
pub mod target_role;
pub mod template;
pub mod trust;
pub mod trust_blocks;
pub mod trust_scope;
pub mod web_identity;
pub mod webhook;
pub mod words;

pub use association::{RoleToName, create_association, delete_association, use_service_account};
pub use place::{cluster_name, region_option};
pub use restart::restart;
