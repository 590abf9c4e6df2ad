//! `__complete`: what can stand where the cursor is, in the protocol of cobra, in which kubectl asks plugins.

mod answer;
mod install;
mod typed;

pub use answer::{VERB, run};
pub use install::{SCRIPT_FOR_UNIX, SCRIPT_FOR_WINDOWS, install};
