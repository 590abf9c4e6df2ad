//! The containers of the target, and where each gets its credentials.

use crate::evidence::credential_chain::CredentialChain;
use crate::evidence::pod::ContainerKind;

/// A container that was looked at.
#[derive(Debug, Clone, PartialEq)]
pub struct ReportContainer {
    /// Its name.
    pub name: String,
    /// What it is in its pod.
    pub kind: ContainerKind,
    /// Its sources of credentials; `None` for a template, to which the webhook has yet to add its own.
    pub credential_chain: Option<CredentialChain>,
}
