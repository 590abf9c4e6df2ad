//! Holds the doubles against what was recorded of the real parts, and against what AWS's own clients expect.

mod agent;
mod authenticator;
mod aws_calls;
mod aws_eks_auth;
mod aws_faults;
mod aws_identities;
mod aws_refusals;
mod programs;
mod recorded_agent;
mod recorded_webhook;
mod support;
mod tls_proxy;
mod webhook_pods;
mod webhook_server;
