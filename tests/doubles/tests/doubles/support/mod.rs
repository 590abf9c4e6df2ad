//! What the tests have in common.

pub mod client;
pub mod json_patch;
pub mod world;
