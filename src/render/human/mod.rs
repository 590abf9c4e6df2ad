//! The report for people: the answer first, then the proof.
//!
//! A reader who is on call reads three lines: the target, the verdict, the next command. Below stand the line of links,
//! the first cause in full, all others in short, what is not known, notes, the other causes in full, and the counts.

pub mod comparison;
pub mod report;
pub mod trust_check;
pub mod waiting;

pub use report::draw;
