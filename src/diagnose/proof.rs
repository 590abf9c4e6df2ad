//! Where proof outranks configuration.
//!
//! Proof settles what configuration left open. It never turns failed into passed, nor refused into passed: a source that
//! was refused stays unknown, but need no longer make the run inconclusive.

use jiff::{SignedDuration, Timestamp};

use crate::checks::{Check, Observation};
use crate::evidence::agent_answers::OwnLog;
use crate::evidence::agent_error::AgentError;
use crate::evidence::agent_log::{LoggedEvent, LoggedOutcome};
use crate::evidence::{Evidence, GapReason, Source};

use super::outcome::{Basis, ContainerSubject, Outcome, Subject};

/// How long credentials of EKS Auth live: 6 hours.
const CREDENTIAL_LIFE: SignedDuration = SignedDuration::from_hours(6);
/// How long they live where a target role is assumed with them: 59 minutes.
const CHAINED_LIFE: SignedDuration = SignedDuration::from_mins(59);
/// What the node needs to call EKS Auth: its role, the way there, its credentials.
const NODE_CHECKS: std::ops::RangeInclusive<u16> = 710..=730;
/// The checks of policies, which can be made while a pod runs.
const POLICY_CHECKS: [u16; 2] = [510, 520];
/// Differences between the clocks of AWS and of a node that decide nothing.
const CLOCK_TOLERANCE: SignedDuration = SignedDuration::from_secs(5);

/// Lets proof settle one outcome.
pub fn settle(check: &Check, container: Option<ContainerSubject>, outcome: Outcome, evidence: &Evidence) -> Subject {
    let single = evidence.containers().is_ok_and(|containers| containers.len() == 1);
    let proof = match check.area() {
        "eks-auth" | "role" => fetched_at(evidence),
        "container" if single => fetched_at(evidence),
        "network" if single || !check.is_per_container() => came_through(check, evidence),
        _ if is_of_log(check) => asked_at(evidence),
        _ => None,
    };
    let Some(time) = proof.max(node_proof(check, evidence)) else {
        return by_asking(check, container, outcome, evidence);
    };
    let words = format!("agent log {}", clock(time));
    match outcome {
        Outcome::Passed(Basis::Configured) if is_of_log(check) => {
            Subject { container, outcome: Outcome::Passed(Basis::Observed(words)), excused: None }
        }
        outcome if check.area() == "agent" => Subject { container, outcome, excused: None },
        // What was not asked because the log has the answer is answered by the log.
        Outcome::Unknown(gap)
            if check.area() == "network"
                || gap.reason == GapReason::Undecidable
                || gap.reason == GapReason::NotRequested && NODE_CHECKS.contains(&check.code.0) =>
        {
            Subject { container, outcome: Outcome::Passed(Basis::Observed(words)), excused: None }
        }
        Outcome::Failed(findings, _) if check.area() == "network" && findings.is_suspected() => {
            Subject { container, outcome: Outcome::Passed(Basis::Observed(words)), excused: None }
        }
        Outcome::Failed(findings, basis) if matches!(check.area(), "eks-auth" | "role") && !is_of_log(check) => {
            let outcome = Outcome::Failed(findings.observed(&until(evidence, time)), basis);
            Subject { container, outcome, excused: None }
        }
        Outcome::Unknown(gap) => Subject { container, outcome: Outcome::Unknown(gap), excused: Some(words) },
        other => Subject { container, outcome: other, excused: None },
    }
}

/// What EKS Auth gave when it was asked from here settles what was left open about the role. Of the node it says nothing.
fn by_asking(check: &Check, container: Option<ContainerSubject>, outcome: Outcome, evidence: &Evidence) -> Subject {
    let given = given_at(evidence).filter(|_| check.area() == "role");
    let words = given.map(|time| format!("EKS Auth, asked from here {}", clock(time)));
    match (words, outcome) {
        (Some(words), Outcome::Unknown(gap)) if gap.reason == GapReason::Undecidable => {
            Subject { container, outcome: Outcome::Passed(Basis::Observed(words)), excused: None }
        }
        (Some(words), Outcome::Unknown(gap)) => {
            Subject { container, outcome: Outcome::Unknown(gap), excused: Some(words) }
        }
        (_, outcome) => Subject { container, outcome, excused: None },
    }
}

/// When EKS Auth gave the role of the association to whoever asked from here with a token of the pod.
fn given_at(evidence: &Evidence) -> Option<Timestamp> {
    let assumed = evidence.assume.known()?;
    let association = evidence.association.present()?;
    assumed.given().filter(|given| association.is_served_by(&given.session_arn)).map(|_| assumed.asked_at)
}

/// Whether a check looks at the log itself: what it says was seen, not configured.
fn is_of_log(check: &Check) -> bool {
    check.reads.first() == Some(&Source::AgentLog)
}

/// The last hour's last success of any pod on the node: it settles what the node needs to call EKS Auth.
fn node_proof(check: &Check, evidence: &Evidence) -> Option<Timestamp> {
    let log = evidence.agent_log.known().filter(|_| NODE_CHECKS.contains(&check.code.0))?;
    log.node_proof(evidence.collected_at)
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
///
/// A refusal since then means that something was changed: what worked before settles nothing.
pub fn fetched_at(evidence: &Evidence) -> Option<Timestamp> {
    let association = evidence.association.present()?;
    let changed = association.modified_at.or(association.created_at)? + CLOCK_TOLERANCE;
    let life = life(evidence);
    let now = evidence.collected_at;
    let own = own_log(evidence)?;
    let refused = |kind| matches!(kind, AgentError::RoleRefused | AgentError::AccessDenied | AgentError::NotFound);
    if own.last_error().is_some_and(|(kind, _)| refused(kind)) {
        return None;
    }
    let of_association = |arn: &String| association.is_served_by(arn);
    let proves = |outcome: &&&LoggedOutcome| {
        outcome.event == LoggedEvent::Fetched
            && outcome.role_arn.as_ref().is_none_or(of_association)
            && outcome.time > changed
            && now.duration_since(outcome.time) <= life
    };
    own.outcomes.iter().filter(proves).map(|outcome| outcome.time).max()
}

/// The last time the agent logged a request of this pod.
/// When the pod last came to the agent, if no policy that may keep it away was made since.
fn came_through(check: &Check, evidence: &Evidence) -> Option<Timestamp> {
    let asked = asked_at(evidence)?;
    let labels = &evidence.live_pod().ok()??.metadata.labels;
    let kubernetes = evidence.network_policies.known().into_iter().flatten();
    let kubernetes = kubernetes.filter(|policy| policy.spec.pod_selector.matches(labels)).map(|one| &one.metadata);
    let cilium = [&evidence.cilium_network_policies, &evidence.cilium_clusterwide_network_policies];
    let cilium = cilium.into_iter().filter_map(|policies| policies.known()).flatten().map(|one| &one.metadata);
    let made = kubernetes.chain(cilium).filter_map(|metadata| metadata.creation_timestamp).max();
    let sources = [
        evidence.network_policies.gap(),
        evidence.cilium_network_policies.gap(),
        evidence.cilium_clusterwide_network_policies.gap(),
    ];
    // A policy that could not be read may have been made since.
    let unread = sources.into_iter().flatten().any(|gap| gap.reason != GapReason::NotRequested);
    let is_of_policies = POLICY_CHECKS.contains(&check.code.0);
    (!is_of_policies || !unread && made.is_none_or(|made| asked > made)).then_some(asked)
}

fn asked_at(evidence: &Evidence) -> Option<Timestamp> {
    own_log(evidence)?.outcomes.iter().map(|outcome| outcome.time).max()
}

/// What the agent logged for this very pod; nothing for pods that share the address of their node.
fn own_log(evidence: &Evidence) -> Option<OwnLog<'_>> {
    evidence.own_log().ok()?.ok()
}

fn clock(time: Timestamp) -> String {
    time.strftime("%H:%M:%S").to_string()
}
