//! What runs inside a pod: it looks at the credentials from where the container stands, and prints what it saw.
//!
//! It is a program of its own (`podid-probe`), static and small, that travels into a container and leaves with it. It reads,
//! connects and asks; it changes nothing. What it obtains dies with it: it prints a [`ProbeReport`], a type that can hold
//! neither token nor key.
//!
//! [`ProbeReport`]: crate::evidence::ProbeReport

mod archive;
mod control_group;
mod files;
mod http;
mod identity;
mod processes;
mod run;
mod sdks;
mod token;

pub use identity::{Request, signature};
pub use run::{Arguments, run};
