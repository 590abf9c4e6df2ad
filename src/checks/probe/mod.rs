//! What does the cluster answer when it is asked, not only read? Each check here needs a switch of its own.

pub mod assume;
pub mod canary;

use super::Check;

/// The checks of this area, prerequisites first.
pub static CHECKS: &[&Check] = &[&canary::CHECK, &assume::CHECK];
