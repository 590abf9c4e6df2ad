//! Which credentials will the SDK in the container take?

pub mod static_keys;
pub mod web_identity;

use super::Check;

/// The checks of this area, prerequisites first.
pub static CHECKS: &[&Check] = &[&static_keys::CHECK, &web_identity::CHECK];
