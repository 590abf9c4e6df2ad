//! What the tests have in common.

pub mod json_patch;
