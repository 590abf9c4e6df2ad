//! Plays `eks-pod-identity-agent` 0.1.37: what it answers, what it logs, when it is ready, and what it holds.
//!
//! It asks a played EKS Auth as the real one asks the real one, within the same time limits, and fails in the same words;
//! `tests/recorded/agent-0.1.37.json` is what it is held against. Not recorded, and so only meant as it is written: the lines
//! of renewals, and the limits, which are those of the agent's source.
//!
//! - [`settings`]: its flags and variables, and the agent that they make.
//! - [`service`]: from a request for credentials to the answer. `validation`, `cache` and `limiter` are its parts.
//! - [`eks_auth`], [`credentials`]: its calls to EKS Auth, and what signs them. [`network`], [`names`]: how they go out.
//! - [`listeners`]: its addresses and ports. `renewal`: what it does by itself.
//! - [`initialize`]: what its init container does to the node.

mod cache;
pub mod credentials;
pub mod eks_auth;
pub mod initialize;
mod limiter;
pub mod listeners;
pub mod log;
pub mod names;
pub mod network;
mod renewal;
pub mod service;
pub mod settings;
mod validation;
