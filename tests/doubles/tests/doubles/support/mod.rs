//! What the tests have in common.

pub mod client;
pub mod eks_auth;
pub mod json_patch;
pub mod tokens;
pub mod world;
