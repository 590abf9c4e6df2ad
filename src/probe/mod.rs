//! What runs inside a pod: it looks at the credentials from where the container stands, and prints what it saw.
//!
//! It is a program of its own (`podid-probe`), static and small, that travels into a container and leaves with it. It reads,
//! connects and asks; it changes nothing. What it obtains dies with it: it prints a [`ProbeReport`], a type that can hold
//! neither token nor key.
//!
//! [`ProbeReport`]: crate::evidence::ProbeReport

mod agent;
mod arguments;
mod claims;
mod connect;
mod control_group;
mod credentials;
mod environment;
mod failure;
mod files;
mod http;
mod identity;
mod own_port;
mod processes;
mod roots;
mod run;
mod sign;
mod sts_endpoint;
mod token;

pub use arguments::Arguments;
pub use run::run;
pub use sign::{Request, signature};
