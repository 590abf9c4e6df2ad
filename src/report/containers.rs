//! The containers of the target, and where each gets its credentials.

use crate::evidence::kubernetes::pod::ContainerKind;
use crate::reasoning::credential_chain::CredentialChain;

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
