//! How `list` looks: [`table`] for people, [`export`] for other programs. Its document is `json::v1::AssociationList`.

pub mod export;
pub mod migration;
pub mod nodes;
mod probed;
pub mod table;
