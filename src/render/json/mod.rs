//! The machine output: structs of their own, so that the inside may change and `podid/v1` does not.

pub mod convert;
pub mod document;
pub mod v1;

pub use document::{SCHEMA, draw, error, text};
