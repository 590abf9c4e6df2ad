//! The service account, for its annotations and its age.

use serde::{Deserialize, Serialize};

use crate::evidence::kubernetes::metadata::Metadata;
use crate::evidence::kubernetes::pod_identity::ROLE_ANNOTATION;

/// A service account.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ServiceAccount {
    /// Name, namespace, annotations, times.
    pub metadata: Metadata,
}

impl ServiceAccount {
    /// The role that IRSA would give, by annotation.
    pub fn annotated_role(&self) -> Option<&str> {
        self.metadata.annotations.get(ROLE_ANNOTATION).map(String::as_str).filter(|role| !role.is_empty())
    }
}
