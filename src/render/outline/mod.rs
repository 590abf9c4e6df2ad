//! What a report says, in the order in which it is read, before anyone decides how it looks.
//!
//! Words for people are made here once, so that a terminal, a ticket and a page say the same.

pub mod cause;
pub mod chain;
pub mod check;
pub mod entry;
pub mod next;
pub mod run;
pub mod target;
pub mod timeline;
pub mod unknown;

pub use entry::{Entry, Line, Remedy, Row};
