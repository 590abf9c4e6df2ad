//! Real cluster.
