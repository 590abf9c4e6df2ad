//! From an inventory to the rows of `list`: who has which role, whose pods got it, and what is in the way. Pure.
//!
//! [`account`] is a service account as the doctor sees it and judges its role, [`rows`] joins and names the state of each,
//! [`selection`] filters and sorts, [`restart`] plans the restarts.

mod account;
pub mod restart;
pub mod rows;
pub mod selection;

pub use rows::rows;
pub use selection::{Column, Filter};
