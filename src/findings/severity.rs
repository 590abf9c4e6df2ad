//! How much a finding weighs.

use serde::{Deserialize, Serialize};

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Severity {
    /// Worth knowing; never part of the verdict and never a cause.
    Note,
    /// Intermittent, partial, delayed, or only for the next pod.
    Warning,
    /// The pod gets no identity, or the wrong one.
    Error,
}

impl Severity {
    /// The word in machine output.
    pub fn word(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}
