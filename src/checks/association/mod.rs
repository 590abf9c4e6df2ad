//! Does (namespace, service account) lead to a role?

pub mod created_before_pod;
pub mod exists;
pub mod injected;
pub mod missing;
pub mod near_misses;
pub mod service_account;

use super::Check;

/// The checks of this area, prerequisites first.
pub static CHECKS: &[&Check] = &[&exists::CHECK, &created_before_pod::CHECK, &service_account::CHECK];
