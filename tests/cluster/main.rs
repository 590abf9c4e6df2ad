//! The binary against a real API server, with faults made for real; run by `scripts/cluster test`, and what needs a real
//! node (`node`) by `scripts/cluster test --node`.
#![expect(clippy::expect_used, reason = "a test that cannot go on says so by failing")]
#![expect(clippy::needless_pass_by_value, reason = "JSON is written where it is given")]

mod access;
mod agent;
mod agent_log;
mod asking;
mod association;
mod completion;
mod connection;
mod container;
mod diff;
mod healthy;
mod injection;
mod irsa;
mod least_privilege;
mod list;
mod migrate;
mod node;
mod node_role;
mod nodes;
mod role;
mod speed;
mod support;
