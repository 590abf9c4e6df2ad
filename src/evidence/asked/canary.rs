//! What became of dry-runs of new pods: whether a pod that is created now would get its variables.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Dry-runs of one pod with the namespace, service account, labels and annotations of the target, each over a connection of
/// its own, so that each may meet another instance of the API server and of the webhook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Canary {
    /// When the first was asked for, by the API server's clock.
    pub asked_at: Timestamp,
    /// One for each, in the order in which they were asked for.
    pub dry_runs: Vec<DryRun>,
}

/// What became of one dry-run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum DryRun {
    /// Each container that the webhook does not leave out would have both variables.
    Injected,
    /// These containers would lack them.
    Lacking(Vec<String>),
    /// The pod would not be created.
    Refused {
        /// Who says so: `admission webhook "validate.kyverno.svc"`, `a quota`, `PodSecurity`.
        by: String,
        /// Its words.
        message: String,
    },
    /// No usable answer came.
    Unanswered(String),
}

impl Canary {
    /// How many would lack variables.
    pub fn lacking(&self) -> usize {
        self.dry_runs.iter().filter(|run| matches!(run, DryRun::Lacking(_))).count()
    }

    /// How many would have them, or would lack them: those that settle something.
    pub fn answered(&self) -> usize {
        self.dry_runs.iter().filter(|run| matches!(run, DryRun::Injected | DryRun::Lacking(_))).count()
    }

    /// The first refusal: who, and in which words.
    pub fn refusal(&self) -> Option<(&str, &str)> {
        self.dry_runs.iter().find_map(|run| match run {
            DryRun::Refused { by, message } => Some((by.as_str(), message.as_str())),
            _ => None,
        })
    }
}
