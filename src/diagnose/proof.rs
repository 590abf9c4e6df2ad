//! Where proof outranks configuration (`checks.md`, general rule 7).
//!
//! Proof settles what configuration left open. It never turns failed into passed, nor refused into passed: a source that
//! was refused stays unknown, but need no longer make the run inconclusive.

use jiff::{SignedDuration, Timestamp};

use crate::checks::{Check, Observation};
use crate::evidence::agent_log::LoggedEvent;
use crate::evidence::{Evidence, GapReason, Pod, Source};

use super::outcome::{Basis, ContainerSubject, Outcome, Subject};

/// How long credentials of EKS Auth live: 6 hours.
const CREDENTIAL_LIFE: SignedDuration = SignedDuration::from_hours(6);
/// How long they live where a target role is assumed with them: 59 minutes.
const CHAINED_LIFE: SignedDuration = SignedDuration::from_mins(59);
/// Differences between the clocks of AWS and of a node that decide nothing.
const CLOCK_TOLERANCE: SignedDuration = SignedDuration::from_secs(5);

/// Lets proof settle one outcome.
pub fn settle(check: &Check, container: Option<ContainerSubject>, outcome: Outcome, evidence: &Evidence) -> Subject {
    let single = evidence.containers().is_ok_and(|containers| containers.len() == 1);
    let proof = match check.area() {
        "eks-auth" | "role" => fetched_at(evidence),
        "container" if single => fetched_at(evidence),
        "network" => asked_at(evidence),
        _ => None,
    };
    let Some(time) = proof else { return Subject { container, outcome, excused: None } };
    let words = format!("agent log {}", clock(time));
    match outcome {
        Outcome::Unknown(gap) if check.area() == "network" || gap.reason == GapReason::Undecidable => {
            Subject { container, outcome: Outcome::Passed(Basis::Observed(words)), excused: None }
        }
        Outcome::Failed(findings, _) if check.area() == "network" && findings.is_suspected() => {
            Subject { container, outcome: Outcome::Passed(Basis::Observed(words)), excused: None }
        }
        Outcome::Failed(findings, basis) if matches!(check.area(), "eks-auth" | "role") => {
            let outcome = Outcome::Failed(findings.observed(&until(evidence, time)), basis);
            Subject { container, outcome, excused: None }
        }
        Outcome::Unknown(gap) => Subject { container, outcome: Outcome::Unknown(gap), excused: Some(words) },
        other => Subject { container, outcome: other, excused: None },
    }
}

/// What a failure that proof cannot outweigh says beside it: how long the pod works on.
fn until(evidence: &Evidence, fetched: Timestamp) -> Observation {
    let end = clock(fetched + life(evidence));
    let value = format!("{}; works until the credentials are renewed, at the latest {end}", clock(fetched));
    Observation { source: Source::AgentLog, field: "fetched".to_owned(), value }
}

/// How long the credentials of this pod live.
fn life(evidence: &Evidence) -> SignedDuration {
    let association = evidence.association.present();
    let chained = association.is_some_and(|association| association.target_role_arn.is_some());
    if chained { CHAINED_LIFE } else { CREDENTIAL_LIFE }
}

/// The last time EKS Auth gave this pod credentials that are still valid and belong to the association as it is now.
pub fn fetched_at(evidence: &Evidence) -> Option<Timestamp> {
    let association = evidence.association.present()?;
    let changed = association.modified_at.or(association.created_at)? + CLOCK_TOLERANCE;
    let life = life(evidence);
    let now = evidence.collected_at;
    events(evidence)
        .filter(|(event, time)| *event == LoggedEvent::Fetched && *time > changed && now.duration_since(*time) <= life)
        .map(|(_, time)| time)
        .max()
}

/// The last time the agent logged a request of this pod.
fn asked_at(evidence: &Evidence) -> Option<Timestamp> {
    events(evidence).map(|(_, time)| time).max()
}

/// What the agent logged for this very pod, since its containers run; nothing for pods that share the address of their
/// node. Before that the address may have been another pod's.
fn events(evidence: &Evidence) -> impl Iterator<Item = (LoggedEvent, Timestamp)> {
    let started = evidence.pod.present().filter(|pod| !pod.spec.host_network).and_then(Pod::has_address_since);
    let log = evidence.agent_log.known().zip(started);
    let now = evidence.collected_at;
    log.into_iter()
        .flat_map(|(log, started)| log.outcomes.iter().map(move |outcome| (outcome, started)))
        .filter(move |(outcome, started)| outcome.time >= *started && outcome.time <= now)
        .map(|(outcome, _)| (outcome.event, outcome.time))
}

fn clock(time: Timestamp) -> String {
    time.strftime("%H:%M:%S").to_string()
}
