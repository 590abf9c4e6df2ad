//! On a real node: the real kubelet runs the pods and serves the logs, and the agent asks EKS Auth.

mod address;
mod admission;
mod agent;
mod eks_auth;
mod eks_auth_reach;
mod every_node;
mod healthy;
mod kubelet;
mod network;
mod node_logs;
mod own_requests;
mod pod;
mod probe;
mod rights;
