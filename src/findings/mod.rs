//! What a failed check says: a finding with its weight, what it rests on, and what a person can do about it.
//!
//! It is below the checks and the advice, which both speak in it.

pub mod finding;
pub mod remediation;

pub use finding::{Finding, Findings, Observation, Severity};
pub use remediation::{Command, FixFormat, Part, Remediation};
