//! All tests that need no cluster, in one binary.

mod cases;
mod denial;
mod elapsed;
mod nearest;
mod recorded_injection;
mod registry;
mod skip_containers;
mod support;
mod tidy;
