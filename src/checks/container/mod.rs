//! Which credentials will the SDK in the container take?

pub mod endpoint;
pub mod node_role_fallback;
pub mod profile;
pub mod readable_token;
pub mod region;
pub mod regional_sts;
pub mod relative_uri;
pub mod sdk;
pub mod static_keys;
pub mod token_variable;
pub mod variables_found;
pub mod web_identity;

use super::{Area, Scope, Way};

/// The area.
pub static AREA: Area = Area {
    name: "container",
    title: "container",
    hundred: 4,
    way: Way::Both,
    scope: Scope::Pod,
    needs_node: false,
    is_active: false,
    checks: &[
        &static_keys::CHECK,
        &web_identity::CHECK,
        &profile::CHECK,
        &endpoint::CHECK,
        &relative_uri::CHECK,
        &token_variable::CHECK,
        &region::CHECK,
        &regional_sts::CHECK,
        &readable_token::CHECK,
        &sdk::CHECK,
        &node_role_fallback::CHECK,
    ],
};
