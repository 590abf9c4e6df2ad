//! What EKS and IAM say, in the words of the AWS CLI's JSON.

pub mod arn;
pub mod association;
pub mod cluster;
pub mod context_keys;
pub mod identity_providers;
pub mod node_compute;
pub mod role;
pub mod simulation;
