//! The played servers, the programs with the SDKs, and the situations.

#[path = "../../suite/support/golden.rs"]
pub mod golden;
pub mod played;
pub mod program;
pub mod situation;
