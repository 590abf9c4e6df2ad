//! What the Kubernetes API, and the log that it gives, say: objects with the fields that a diagnosis needs.

pub mod agent;
pub mod agent_log;
pub mod environment;
pub mod failed_creation;
pub mod metadata;
pub mod network_engine;
pub mod network_policy;
pub mod node;
pub mod pod;
pub mod pod_status;
pub mod secret;
pub mod webhook;
