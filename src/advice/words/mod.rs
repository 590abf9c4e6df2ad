//! Words that several checks say about the same thing.

pub mod agent_error;
pub mod failed_creation;
pub mod probe;
pub mod role;
pub mod trust;
