//! How clusters and accounts are reached: kubeconfig, logins, clients, and which EKS cluster is meant.

pub mod access_review;
pub mod bounded;
pub mod clients;
pub mod detection;
pub mod exec_auth;
pub mod kubeconfig;
pub(in crate::collect) mod login;
