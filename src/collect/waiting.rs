//! Asks for dry-runs again and again until new pods of a service account get their variables.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use super::canary::NewPod;
use super::canary::dry_runs::{allowed, ask};
use super::session::Session;
use crate::evidence::canary::DryRun;
use crate::evidence::{Canary, Gap};

/// The time between two dry-runs.
const PAUSE: Duration = Duration::from_secs(2);
/// By how much it varies, in milliseconds, so that several that wait do not ask in step.
const JITTER: u64 = 400;
/// How many more must agree once one has the variables: instances of the control plane may differ.
const CONFIRMATIONS: u32 = 4;

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
    fn take(&mut self, canary: &Canary, at: Timestamp) -> Result<(), String> {
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

/// Waits until new pods of a service account get their variables, or the run ends. `progress` is told what was seen.
pub async fn until_injected(
    session: &Session,
    service_account: &str,
    namespace: &str,
    progress: impl Fn(&Seen),
) -> (Ending, Seen) {
    let pod = NewPod::of_service_account(namespace, service_account);
    let mut seen = Seen::default();
    let ending = match allowed(session, namespace).await {
        Ok(()) => poll(session, &pod, &mut seen, progress).await,
        Err(gap) => Ending::Unknown(words(&gap)),
    };
    (ending, seen)
}

/// A clock that goes on from the API server's first answer.
struct Clock(Timestamp, Instant);

impl Clock {
    fn now(&self) -> Timestamp {
        self.0 + self.1.elapsed()
    }
}

async fn poll(session: &Session, pod: &NewPod, seen: &mut Seen, progress: impl Fn(&Seen)) -> Ending {
    let clock = Clock(session.now(), Instant::now());
    loop {
        match round(session, pod, seen, &clock).await {
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
async fn round(session: &Session, pod: &NewPod, seen: &mut Seen, clock: &Clock) -> Result<bool, String> {
    let mut ask = async |number| {
        let at = clock.now();
        let canary = ask(session, pod, number).await.map_err(|gap| words(&gap))?;
        seen.take(&canary, at)?;
        Ok::<bool, String>(all_injected(&canary))
    };
    Ok(ask(1).await? && ask(CONFIRMATIONS).await?)
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
