//! What follows from evidence before anything is judged: pure, and knows evidence only.
//!
//! It is separate from the evidence, which is data as it was read, and from the checks, which say what is wrong.

pub mod agent;
pub mod cluster;
pub mod credential_chain;
pub mod error_text;
pub mod iam;
pub mod network;
pub mod pod;
pub mod role;
