//! Dry-runs of new pods, one or several until all are injected.

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

/// What was seen while waiting.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    /// How many dry-runs had the variables.
    pub injected: u32,
    /// How many lacked them.
    pub lacking: u32,
    /// How many gave no answer.
    pub unanswered: u32,
    /// When the first was asked for.
    pub first_at: Option<Timestamp>,
    /// When the last was asked for.
    pub last_at: Option<Timestamp>,
    /// Since when all that were answered had the variables; none where the last one lacked them.
    pub since: Option<Timestamp>,
    /// Why the last one that gave no answer gave none.
    pub trouble: Option<String>,
}

/// How it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// New pods get their variables.
    Injected,
    /// The time was over.
    TimedOut,
    /// Waiting cannot tell, for this reason.
    Unknown(String),
}

impl Seen {
    /// How many dry-runs were answered.
    pub fn answered(&self) -> u32 {
        self.injected + self.lacking
    }

    /// Takes in dry-runs that were asked for at the same time. The error says who refused the pod.
    pub fn take(&mut self, canary: &Canary, at: Timestamp) -> Result<(), String> {
        self.first_at.get_or_insert(at);
        self.last_at = Some(at);
        if canary.lacking() > 0 {
            self.since = None;
        } else if canary.answered() > 0 {
            self.since.get_or_insert(at);
        }
        for run in &canary.dry_runs {
            match run {
                DryRun::Injected => self.injected += 1,
                DryRun::Lacking(_) => self.lacking += 1,
                DryRun::Refused { by, message } => return Err(format!("{by} refused the pod: {message}")),
                DryRun::Unanswered(why) => {
                    self.unanswered += 1;
                    self.trouble = Some(why.clone());
                }
            }
        }
        Ok(())
    }
}
