//! Kubernetes network policies: what they are made of, and whether they let a pod reach one address.
//!
//! It is separate from the checks because it is the specification of `networking.k8s.io/v1` in code, with a table of its own
//! in the tests; which engine enforces it is another question.

pub mod document;
pub mod egress;

pub use document::{EgressRule, IpBlock, NetworkPolicy, Peer, PolicyPort, PortName};
pub use egress::{Allows, Destination, Egress, Isolation, egress, isolations, selecting};
