//! All tests that need no cluster, in one binary.

mod cases;
#[cfg(feature = "plugin")]
mod connect;
mod denial;
mod elapsed;
mod nearest;
mod recorded_injection;
mod registry;
mod skip_containers;
mod support;
mod tidy;
