//! All tests that need no cluster, in one binary.

mod cases;
mod denial;
mod nearest;
mod registry;
mod support;
mod tidy;
