//! All tests that need no cluster, in one binary.
#![expect(clippy::expect_used, reason = "a test that cannot go on ends, and says why")]

mod agent_log;
mod cases;
mod cilium;
#[cfg(feature = "plugin")]
mod collect_aws;
#[cfg(feature = "plugin")]
mod collect_kubernetes;
#[cfg(feature = "plugin")]
mod collect_network;
#[cfg(feature = "plugin")]
mod collect_node_role;
#[cfg(feature = "plugin")]
mod collect_roles;
#[cfg(feature = "plugin")]
mod command_line;
#[cfg(feature = "plugin")]
mod connect;
mod credential_chain;
mod denial;
mod documents;
mod elapsed;
mod failed_creation;
mod inventory;
mod nearest;
mod network_policy;
#[cfg(feature = "plugin")]
mod plan;
mod policy;
#[cfg(feature = "probe")]
mod probe;
mod proxy_exceptions;
mod recorded_injection;
mod redaction;
mod registry;
mod render;
mod render_examples;
mod render_laws;
mod render_machine;
mod render_pages;
mod render_reports;
mod saved_evidence;
mod service_account_target;
mod skip_containers;
mod snapshots;
mod storm;
mod support;
mod symptoms;
mod tidy;
mod timeline;
mod together;
mod trust_check;
mod trust_remedies;
