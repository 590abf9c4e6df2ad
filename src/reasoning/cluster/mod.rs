//! Whether AWS and kubectl speak of the same cluster.

pub mod account;
