//! Evidence that ships in the binary: a healthy pod, and one example for each common cause.

pub mod examples;
mod inventory;

pub use examples::{EXAMPLES, Example, find};
pub use inventory::{inventory, with_owner};
