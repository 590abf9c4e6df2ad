//! The agent: how it is configured, what its log and its status mean, which defects its version has.

pub mod answers;
pub mod configuration;
pub mod defects;
pub mod journal;
pub mod log_reader;
pub mod placement;
pub mod trouble;
