//! What goes beyond reading, each only where it was asked for, and behind all that is only read.
//!
//! It runs once the evidence of a subject is complete, because what was read tells whether and how it can be done. Each says
//! what it leaves behind before it does it, and asks for its rights first, so that a missing one is told before anything is
//! created.

use std::sync::Arc;
use std::time::Duration;

use crate::collect::beyond::leftovers::Leftovers;
use crate::collect::beyond::{assume, canary, cloud_trail, node_logs, probe};
use crate::collect::session::Session;
use crate::evidence::{Evidence, Gap, Source};

/// What was asked for beyond reading.
#[derive(Clone, Default)]
pub struct Active {
    /// How many dry-runs of a new pod.
    pub canary: Option<u32>,
    /// Whether Secrets are read for the names of their keys: no more than reading, but more than a diagnosis should need.
    pub inspect_secrets: bool,
    /// Whether EKS Auth is asked from here.
    pub assume: bool,
    /// How far back CloudTrail is asked, if it is.
    pub cloud_trail: Option<Duration>,
    /// Whether the log is asked for that an Auto Mode node keeps of its agent.
    pub node_logs: bool,
    /// How to look into the containers.
    pub probe: Option<probe::Asked>,
    /// What has to be taken away in any case.
    pub leftovers: Arc<Leftovers>,
    /// Where it is said what will be done, before it is done.
    pub announce: Announce,
}

/// Says one line.
pub type Line = Arc<dyn Fn(&str) + Send + Sync>;

/// Says lines to the person who waits.
#[derive(Clone)]
pub struct Announce {
    /// Says what is done; whoever wants quiet does not hear it.
    pub note: Line,
    /// Says what will be left behind, or what stays that should not.
    pub warning: Line,
}

impl Default for Announce {
    fn default() -> Self {
        Self { note: Arc::new(|_| {}), warning: Arc::new(|_| {}) }
    }
}

impl Announce {
    /// Says what is done and leaves nothing.
    pub fn note(&self, words: &str) {
        (self.note)(words);
    }

    /// Says what will be left behind: always, and before it is made.
    pub fn warn(&self, words: &str) {
        (self.warning)(words);
    }
}

/// Does what was asked for, and adds what it taught to the evidence.
pub async fn ask(session: &Session, mut evidence: Evidence) -> Evidence {
    if let Some(number) = session.active.canary {
        evidence.canary = canary::like_target(session, &evidence, number).await;
    }
    if session.active.assume {
        let asked = assume::ask(session, &evidence).await;
        evidence.bound_token = asked.bound_token;
        evidence.assume = asked.assume;
        evidence.side_effects.extend(asked.side_effect);
    }
    if session.active.node_logs {
        let asked = node_logs::ask(session, &evidence).await;
        evidence.node_log = asked.log;
        evidence.side_effects.extend(asked.side_effects);
    }
    if let Some(period) = session.active.cloud_trail {
        evidence.trail = cloud_trail::ask(session, &evidence, period).await;
    }
    if let Some(asked) = &session.active.probe {
        probe::ask(session, asked, &mut evidence).await;
    }
    evidence.requests = session.requests();
    evidence.duration_ms = session.elapsed_ms();
    evidence
}

/// The gap of what nobody asked for.
pub fn not_asked(source: Source) -> Gap {
    let switch = source.switch().unwrap_or_default();
    Gap::not_requested(source, format!("{switch} asks for it"))
}
