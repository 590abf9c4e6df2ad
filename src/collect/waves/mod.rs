//! What is asked when: everything that is independent at once, and what needs an answer behind it.

pub(in crate::collect) mod amazon;
pub mod inventory;
pub(in crate::collect) mod node_role;
pub mod nodes;
pub mod order;
pub mod roles;
pub(in crate::collect) mod subject;
pub(in crate::collect) mod surroundings;
pub(in crate::collect) mod targets;
