//! How the plugin reaches Kubernetes and AWS.

mod eks_token;
