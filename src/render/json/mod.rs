//! The machine output: structs of their own, so that the inside may change and `podid/v1` does not.

pub mod convert;
mod convert_containers;
pub mod document;
pub mod error;
pub mod rights;
pub mod trust_check;
pub mod v1;
pub mod waiting;

pub use document::{SCHEMA, draw, text};
