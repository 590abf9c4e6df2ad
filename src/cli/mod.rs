//! The command line: clap types only, one file per group of flags.

pub mod aws;
pub mod connection;
