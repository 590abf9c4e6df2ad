//! HTML for an incident document: one file that needs no script and asks for nothing.
//!
//! A policy in its head forbids everything but its own style, so that it shows the same anywhere. It follows the reader's
//! choice of light or dark, and is made for a phone, a wide screen and paper. It is well-formed XML too, which is how a
//! test knows that a text from a cluster has not become an element.

pub mod page;
pub mod report;

pub use page::{draw, error};
