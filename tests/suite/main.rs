//! All tests that need no cluster, in one binary.

mod cases;
mod nearest;
mod support;
