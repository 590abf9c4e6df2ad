//! One file for each verb: collect, the pure part, render. Only here everything is known to everything.

mod can_i;
mod check_trust;
mod complete;
mod completion;
mod demo;
mod diff;
mod doctor;
mod explain;
mod judge;
mod list;
mod live;
mod migrate;
mod nodes;
mod permissions;
mod plan;
mod printer;
mod redaction;
pub mod run;
mod saved;
mod target;
mod version;
mod wait;

pub use run::run;
