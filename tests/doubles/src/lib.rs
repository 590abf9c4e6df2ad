//! Plays the parts of EKS that are not to be had from a registry.
//!
//! - [`webhook`] plays the mutating webhook of the EKS control plane: which pod gets which variables, volume and label.
//! - [`aws`] plays EKS, EKS Auth, IAM and STS on one address, with several accounts, regions and faults.
//! - [`authenticator`] plays the review of the tokens that callers make of their AWS credentials.
//! - [`agent`] plays the agent on a node, towards a played EKS Auth.
//! - [`name_server`] plays the name server of a VPC.
//! - [`request_log`] keeps what a played server was asked, and when it had answered.
//! - [`http`] carries all: one small server on loopback whose handler also has the connection in its hand.
//! - [`tls_proxy`] stands before a server with a certificate of its own.
//! - [`waves`] counts how many round trips, one after the other, a set of requests took.
//!
//! Nothing here leaves the machine, and nothing here is shipped: a double is as good as what was recorded of the real
//! part, and the tests of this crate hold them against it.

pub mod agent;
pub mod arguments;
pub mod authenticator;
pub mod aws;
pub mod http;
pub mod name_server;
pub mod request_log;
pub mod tls_proxy;
pub mod waves;
pub mod weather;
pub mod webhook;

mod percent;
mod token;

pub use waves::waves;
