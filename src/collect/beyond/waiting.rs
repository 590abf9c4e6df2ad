//! Asks for dry-runs again and again until new pods of a service account get their variables.

use std::time::Duration;

use tokio::time::Instant;

use crate::collect::beyond::canary::{self, NewPod};
use crate::collect::session::Session;
use crate::evidence::asked::canary::{DryRun, Ending, Seen};
use crate::evidence::{Canary, Gap, GapReason};

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
        let canary = ask(session, pod, number).await?;
        seen.take(&canary, at)?;
        if !all_injected(&canary) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Asks for so many dry-runs, with a login that holds: waiting may outlast the one that it began with.
async fn ask(session: &mut Session, pod: &NewPod, number: u32) -> Result<Canary, String> {
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
