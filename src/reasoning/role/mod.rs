//! Which roles there are: the node's, the target's, that of IRSA; and which tool manages it, and what a trust policy is asked.

pub mod irsa;
pub mod managing_tool;
pub mod node_role;
pub mod trust;
