//! All tests without a cluster.
fn main() {}
