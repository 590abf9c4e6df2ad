//! Words that several checks say about the same thing.

pub mod agent_error;
pub mod role;
pub mod trust;
