//! Cilium's policies and settings: whether they let a pod reach its node, which Cilium never means by an address.
//!
//! It is separate from Kubernetes network policies because Cilium knows destinations by identity: the agent's address has
//! the one of the host, and what allows or denies is another language with the same purpose.

pub mod document;
pub mod egress;
pub mod selection;

pub use document::{CiliumConfig, CiliumEgress, CiliumPolicy, CiliumRule};
pub use egress::{CiliumAnswer, Question, Refusal};
