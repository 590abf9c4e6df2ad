//! `__complete`: what can stand where the cursor is, in the protocol of cobra, in which kubectl asks plugins.

mod install;
mod typed;

pub use install::{SCRIPT_FOR_UNIX, SCRIPT_FOR_WINDOWS, install};
pub use typed::{VERB, run};
