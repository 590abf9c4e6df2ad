//! What goes beyond reading, each only where it was asked for, and behind all that is only read.
//!
//! It runs once the evidence of a subject is complete, because what was read tells whether and how it can be done. Each says
//! what it leaves behind before it does it, and asks for its rights first, so that a missing one is told before anything is
//! created.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::collect::beyond::canary::NewPod;
use crate::collect::beyond::{assume, canary, cloud_trail, probe};
use crate::collect::session::Session;
use crate::evidence::asked::canary::{DryRun, Ending, Seen};
use crate::evidence::{Canary, Evidence, Gap, GapReason, Source};

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
    /// How to look into the containers.
    pub probe: Option<probe::Asked>,
    /// What has to be taken away in any case.
    pub leftovers: Arc<probe::Leftovers>,
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

/// The time between two dry-runs.
const PAUSE: Duration = Duration::from_secs(2);
/// By how much it varies, in milliseconds, so that several that wait do not ask in step.
const JITTER: u64 = 400;
/// How many more must agree once one has the variables: instances of the control plane may differ.
const CONFIRMATIONS: u32 = 4;

/// Waits until new pods of a service account get their variables, or the run ends. `progress` is told what was seen.
pub async fn until_injected(
    session: &mut Session,
    service_account: &str,
    namespace: &str,
    progress: impl Fn(&Seen),
) -> (Ending, Seen) {
    let pod = NewPod::of_service_account(namespace, service_account);
    let mut seen = Seen::default();
    let ending = match canary::allowed(session, namespace).await {
        Ok(()) => poll(session, &pod, &mut seen, progress).await,
        Err(gap) => Ending::Unknown(words(&gap)),
    };
    (ending, seen)
}

async fn poll(session: &mut Session, pod: &NewPod, seen: &mut Seen, progress: impl Fn(&Seen)) -> Ending {
    loop {
        match round(session, pod, seen).await {
            Ok(true) => return Ending::Injected,
            Ok(false) => progress(seen),
            Err(why) => return Ending::Unknown(why),
        }
        let pause = PAUSE + Duration::from_millis(jitter());
        if Instant::now() + pause >= session.run.deadline {
            return timed_out(seen);
        }
        tokio::time::sleep(pause).await;
    }
}

/// One dry-run, and if that has the variables, some more. Tells whether all have them.
async fn round(session: &mut Session, pod: &NewPod, seen: &mut Seen) -> Result<bool, String> {
    for number in [1, CONFIRMATIONS] {
        let at = session.now();
        let canary = dry_run(session, pod, number).await?;
        seen.take(&canary, at)?;
        if !all_injected(&canary) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Asks for so many dry-runs, with a login that holds: waiting may outlast the one that it began with.
async fn dry_run(session: &mut Session, pod: &NewPod, number: u32) -> Result<Canary, String> {
    // Where it cannot be renewed, the old one may do for a while.
    session.renew_login().await.ok();
    let refused = match canary::ask(session, pod, number).await {
        Err(gap) if gap.reason == GapReason::NoCredentials => gap,
        answer => return answer.map_err(|gap| words(&gap)),
    };
    match session.log_in_again().await {
        Ok(true) => canary::ask(session, pod, number).await.map_err(|gap| words(&gap)),
        Ok(false) => Err(words(&refused)),
        Err(why) => Err(format!("{}; {why}", words(&refused))),
    }
}

fn all_injected(canary: &Canary) -> bool {
    canary.dry_runs.iter().all(|run| *run == DryRun::Injected)
}

/// Where nothing was ever answered, nothing is known.
fn timed_out(seen: &Seen) -> Ending {
    match &seen.trouble {
        Some(why) if seen.answered() == 0 => Ending::Unknown(format!("no dry-run was answered: {why}")),
        _ => Ending::TimedOut,
    }
}

fn words(gap: &Gap) -> String {
    format!("{}: {}", gap.reason.phrase(), gap.detail)
}

fn jitter() -> u64 {
    let nanoseconds =
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |now| now.subsec_nanos());
    u64::from(nanoseconds) % JITTER
}
