//! What `migrate` says: for each service account on IRSA the steps to EKS Pod Identity, and which of them are done.

use jiff::Timestamp;

use crate::error::ExitCode;
use crate::evidence::{Context, Gap, GapReason, Requests};

/// The plan for one cluster.
#[derive(Debug, Clone, PartialEq)]
pub struct MigrationReport {
    /// "Now", by the API server's clock.
    pub collected_at: Timestamp,
    /// How long collecting took, in milliseconds.
    pub duration_ms: u64,
    /// How many requests were made.
    pub requests: Requests,
    /// Which cluster.
    pub context: Context,
    /// The one namespace that was asked for; `None` for all.
    pub namespace: Option<String>,
    /// What was not read: service accounts may be missing, or steps.
    pub gaps: Vec<Gap>,
    /// The AWS account of the cluster.
    pub account: Option<String>,
    /// What is done first, once: the agent, and the trust policy of each role.
    pub first: Vec<MigrationStep>,
    /// The service accounts on IRSA: those that are under way first.
    pub items: Vec<Migration>,
    /// What is done last, once for each role.
    pub last: Vec<MigrationStep>,
}

impl MigrationReport {
    /// 3 where something was not read, else 0: a plan finds nothing wrong.
    pub fn exit_code(&self) -> ExitCode {
        let is_open = |gap: &Gap| gap.reason != GapReason::NotRequested;
        let is_unknown = |item: &Migration| item.state == MigrationState::Unknown;
        if self.gaps.iter().any(is_open) || self.items.iter().any(is_unknown) {
            ExitCode::INCONCLUSIVE
        } else {
            ExitCode::HEALTHY
        }
    }
}

/// One service account on IRSA.
#[derive(Debug, Clone, PartialEq)]
pub struct Migration {
    /// The namespace.
    pub namespace: String,
    /// The service account.
    pub service_account: String,
    /// The role that IRSA gives; `None` where only its pods know it.
    pub role_arn: Option<String>,
    /// How far it is.
    pub state: MigrationState,
    /// Why it cannot be moved, or not yet.
    pub why: Option<String>,
    /// Why that is not known.
    pub gap: Option<Gap>,
    /// How many pods it has, and how many of them have the variables of EKS Pod Identity; `None` where pods were not read.
    pub pods: Option<(usize, usize)>,
    /// The steps, in the order that never stops a running pod.
    pub steps: Vec<MigrationStep>,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MigrationStep {
    /// What it does.
    pub does: String,
    /// The command, in one piece; `None` where it can only be said in words.
    pub command: Option<String>,
    /// What it changes.
    pub changes: String,
    /// Whether it is done.
    pub is_done: bool,
}

/// How far a service account is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum MigrationState {
    /// Some steps are done.
    Underway,
    /// It can be moved.
    Ready,
    /// It cannot be moved, or not yet.
    Blocked,
    /// It cannot be told.
    Unknown,
}

impl MigrationState {
    /// The word in machine output, and on the page.
    pub fn word(self) -> &'static str {
        match self {
            Self::Underway => "underway",
            Self::Ready => "ready",
            Self::Blocked => "blocked",
            Self::Unknown => "unknown",
        }
    }
}
