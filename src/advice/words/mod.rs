//! Words that several checks say about the same thing.

pub mod add_on_issue;
pub mod agent_error;
pub mod failed_creation;
pub mod node_role;
pub mod probe;
pub mod target_role;
pub mod trust;
pub mod trusted;
