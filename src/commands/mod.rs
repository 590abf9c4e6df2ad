//! One file for each verb: collect, the pure part, render. Only here everything is known to everything.

pub mod bug;
mod check_trust;
mod companions;
mod complete;
mod completion;
mod demo;
mod doctor;
mod explain;
mod judge;
mod live;
mod permissions;
mod plan;
mod printer;
mod progress;
mod redaction;
mod run;
mod saved;
mod schema;
mod target;
mod trace;
mod version;
mod wait;

pub use run::run;
