//! What EKS and IAM say, in the words of the AWS CLI's JSON.

pub mod association;
pub mod cluster;
pub mod role;
pub mod simulation;
