//! How the plugin reaches Kubernetes and AWS.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by failing")]

mod eks_token;
