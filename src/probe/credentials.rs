//! Credentials as the agent gives them. They are used once, and overwritten when they are dropped.

use serde::Deserialize;
use zeroize::Zeroizing;

/// Temporary credentials. There is no way to print them.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Credentials {
    /// The access key id.
    pub access_key_id: Zeroizing<String>,
    /// The secret.
    pub secret_access_key: Zeroizing<String>,
    /// The session token.
    pub token: Zeroizing<String>,
}
