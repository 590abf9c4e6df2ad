//! Where proof outranks configuration (`checks.md`, general rule 7).
//!
//! Proof settles what configuration left open. It never turns failed into passed, nor refused into passed: a source that
//! was refused stays unknown, but need no longer make the run inconclusive.

use jiff::{SignedDuration, Timestamp};

use crate::checks::Check;
use crate::evidence::agent_log::LoggedEvent;
use crate::evidence::{Evidence, GapReason};

use super::outcome::{Basis, ContainerSubject, Outcome, Subject};

/// How long credentials of EKS Auth live: 6 hours.
const CREDENTIAL_LIFE: SignedDuration = SignedDuration::from_hours(6);

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
        Outcome::Unknown(gap) => Subject { container, outcome: Outcome::Unknown(gap), excused: Some(words) },
        other => Subject { container, outcome: other, excused: None },
    }
}

/// The last time EKS Auth gave this pod credentials that are still valid and belong to the association as it is now.
pub fn fetched_at(evidence: &Evidence) -> Option<Timestamp> {
    let association = evidence.association.present()?;
    let changed = association.modified_at.or(association.created_at)?;
    let now = evidence.collected_at;
    events(evidence)
        .filter(|(event, time)| {
            *event == LoggedEvent::Fetched && *time > changed && now.duration_since(*time) <= CREDENTIAL_LIFE
        })
        .map(|(_, time)| time)
        .max()
}

/// The last time the agent logged a request of this pod.
fn asked_at(evidence: &Evidence) -> Option<Timestamp> {
    events(evidence).map(|(_, time)| time).max()
}

/// What the agent logged for this very pod; nothing for pods that share the address of their node.
fn events(evidence: &Evidence) -> impl Iterator<Item = (LoggedEvent, Timestamp)> {
    let own_address = evidence.pod.present().is_some_and(|pod| !pod.spec.host_network);
    let log = evidence.agent_log.known().filter(|_| own_address);
    let now = evidence.collected_at;
    log.into_iter()
        .flat_map(|log| &log.outcomes)
        .map(|outcome| (outcome.event, outcome.time))
        .filter(move |(_, time)| *time <= now)
}

fn clock(time: Timestamp) -> String {
    time.strftime("%H:%M:%S").to_string()
}
