//! Markdown for a ticket: the answer, the commands, and the evidence folded away.
//!
//! It is written for the dialect that GitHub, GitLab and most trackers read. What comes from a cluster stands in code
//! spans and code blocks only, where no link, mention, table or element begins.

pub mod report;

pub use report::{draw, error};
