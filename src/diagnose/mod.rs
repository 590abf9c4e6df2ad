//! From evidence to a report, as one pure function.
//!
//! [`outcome`] judges every check, [`proof`] lets what was seen to happen settle what configuration left open,
//! [`guess`] doubts what rests on a cluster that was only guessed, [`next_pod`] tells what strikes only after a restart, [`cause`] tells causes from symptoms, [`timeline`] puts times in order, [`verdict`] sums up, [`assemble`] writes it all down; [`compare`] does so twice, [`can_i`] judges simulated rights.

mod active;
mod assemble;
pub mod can_i;
mod cause;
mod compare;
mod guess;
mod outcome;
mod proof;
mod scope;
pub mod symptoms;
mod timeline;

pub use assemble::diagnose;
pub use compare::compare;
pub use outcome::{FailOn, target_gap};
pub use scope::Mode;
pub use scope::Selection;

use crate::findings::FixFormat;

/// What a user may choose about a diagnosis.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// Judge this container only.
    pub container: Option<String>,
    /// Which checks take part.
    pub selection: Selection,
    /// How changes on the AWS side are worded.
    pub fix_format: FixFormat,
    /// What makes the exit code other than zero.
    pub fail_on: FailOn,
}
