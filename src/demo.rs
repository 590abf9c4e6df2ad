//! Evidence that ships in the binary: a healthy pod, and one example for each common cause.

pub mod examples;

pub use examples::{EXAMPLES, Example, find, inventory, nodes, with_owner};
