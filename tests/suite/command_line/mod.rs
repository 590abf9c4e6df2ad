//! The whole binary, as a user runs it, against a played cluster and a played AWS.

mod associations;
mod assume;
mod bad_aws;
mod bad_kubeconfig;
mod bad_targets;
mod bugs;
mod canary;
mod check_trust;
mod complete;
mod documentation;
mod exec_entries;
mod failed_creations;
mod fleet;
mod formats;
mod healthy;
mod informative;
mod interruption;
mod list;
mod list_formats;
mod permissions;
mod pod_events;
mod progress;
mod redaction;
mod rights;
mod saved;
mod saved_files;
mod secrets;
mod selection;
mod siblings;
mod streams;
mod targets;
mod timeouts;
#[cfg(unix)]
mod unbounded_files;
pub mod verdicts;
mod wait;
mod workloads;
