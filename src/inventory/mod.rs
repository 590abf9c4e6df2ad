//! From an inventory to the rows of `list` and `nodes`: who has which role, whose pods got it, which agents work. Pure.
//!
//! [`nodes`] joins nodes with the agents on them, and [`probed`] with what a probe saw there; [`account`] is a service account as the
//! doctor sees it and judges its role, [`rows`] joins and names the state of each,
//! [`selection`] filters and sorts, [`restart`] plans the restarts, [`migration`] the move from IRSA.

mod account;
pub mod migration;
pub mod nodes;
mod probed;
pub mod restart;
pub mod rows;
pub mod selection;

pub use nodes::node_rows;
pub use rows::rows;
pub use selection::{Column, Filter};
