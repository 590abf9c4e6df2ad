//! What was seen of dry-runs while waiting for new pods to get their variables.

use jiff::Timestamp;

use crate::evidence::asked::canary::{Canary, DryRun};

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
