//! What was seen working, by the agent's log or by a probe, and which checks that settles.
//!
//! Proof settles what configuration left open. It never turns failed into passed, nor refused into passed: a source
//! that was refused stays unknown, but need no longer make the run inconclusive.

use jiff::{SignedDuration, Timestamp};

use super::outcome::{Basis, ContainerSubject, Outcome, Subject};
use crate::checks::{Check, ProvenBy, Request, Success};
use crate::evidence::kubernetes::agent_log::{AgentError, LoggedEvent, LoggedOutcome};
use crate::evidence::{Association, Evidence, Gap, GapReason, Probed, Source};
use crate::findings::{Observation, Severity};
use crate::reasoning::agent::answers::OwnLog;
use crate::report::Excuse;

/// Differences between the clocks of AWS and of a node that decide nothing.
const CLOCK_TOLERANCE: SignedDuration = SignedDuration::from_secs(5);

/// Something that was seen to work.
struct Proof {
    /// When it worked.
    time: Timestamp,
    /// Where that was seen, and when.
    words: String,
    /// Where.
    source: Source,
    /// Whether it was this pod that got credentials, and not another of its node.
    is_of_pod: bool,
}

impl Proof {
    fn of_log(time: Timestamp, source: Source) -> Self {
        Self { time, words: format!("agent log {}", clock(time)), source, is_of_pod: true }
    }

    fn of_node(time: Timestamp, source: Source) -> Self {
        let words = format!("agent log {}, for a pod of the node", clock(time));
        Self { time, words, source, is_of_pod: false }
    }

    fn of_probe(time: Timestamp, seen: Timestamp) -> Self {
        Self { time, words: format!("probe {}", clock(seen)), source: Source::Probe, is_of_pod: true }
    }
}

/// Applies what was seen to work to one outcome.
pub fn apply(check: &Check, container: Option<ContainerSubject>, outcome: Outcome, evidence: &Evidence) -> Subject {
    let Some(proof) = proof(check, evidence) else {
        return by_asking(check, container, outcome, evidence);
    };
    let words = proof.words.clone();
    let excuse = || Some(Excuse { words: proof.words.clone(), is_of_pod: proof.is_of_pod });
    let is_of_agent = matches!(check.proven_by, ProvenBy::Answer | ProvenBy::Presence);
    let is_of_way = matches!(check.proven_by, ProvenBy::Request(_));
    let is_of_node = check.proven_by == ProvenBy::Success(Success::OfNode);
    let is_of_credentials =
        matches!(check.proven_by, ProvenBy::Success(success) if success != Success::OfOnlyContainer);
    match outcome {
        Outcome::Passed(Basis::Configured) if check.judges_log() && proof.source.is_agent_log() => {
            Subject { container, outcome: Outcome::Passed(Basis::Observed(words)), excused: None }
        }
        Outcome::Unknown(gap) if is_of_agent && proof.source == Source::Probe => {
            Subject { container, outcome: Outcome::Unknown(gap), excused: excuse() }
        }
        // Whatever it is called, something serves there.
        Outcome::Failed(..) if check.proven_by == ProvenBy::Presence && proof.source == Source::Probe => {
            let unknown_to_all = "the agent's address gave a container credentials, and no agent is known by its name, label, image or arguments";
            let gap = Gap::new(Source::AgentPods, GapReason::Insufficient, unknown_to_all);
            Subject { container, outcome: Outcome::Unknown(gap), excused: excuse() }
        }
        outcome if is_of_agent => Subject { container, outcome, excused: None },
        // What was not asked because the log has the answer is answered by the log.
        Outcome::Unknown(gap)
            if is_of_way
                || gap.reason == GapReason::Undecidable
                || gap.reason == GapReason::NotRequested && is_of_node =>
        {
            Subject { container, outcome: Outcome::Passed(Basis::Observed(words)), excused: None }
        }
        Outcome::Failed(findings, _) if is_of_way && findings.is_suspected() => {
            Subject { container, outcome: Outcome::Passed(Basis::Observed(words)), excused: None }
        }
        Outcome::Failed(findings, basis)
            if is_of_credentials && !check.judges_log() && findings.severity() > Severity::Note =>
        {
            let outcome = Outcome::Failed(findings.observed(&until(evidence, &proof)), basis);
            Subject { container, outcome, excused: None }
        }
        Outcome::Unknown(gap) => Subject { container, outcome: Outcome::Unknown(gap), excused: excuse() },
        other => Subject { container, outcome: other, excused: None },
    }
}

/// What EKS Auth gave when it was asked from here settles what was left open about the role. Of the node it says nothing.
fn by_asking(check: &Check, container: Option<ContainerSubject>, outcome: Outcome, evidence: &Evidence) -> Subject {
    let given = given_at(evidence).filter(|_| check.proven_by == ProvenBy::Success(Success::OfRole));
    let words = given.map(|time| format!("EKS Auth, asked from here {}", clock(time)));
    match (words, outcome) {
        (Some(words), Outcome::Unknown(gap)) if gap.reason == GapReason::Undecidable => {
            Subject { container, outcome: Outcome::Passed(Basis::Observed(words)), excused: None }
        }
        (Some(words), Outcome::Unknown(gap)) => {
            Subject { container, outcome: Outcome::Unknown(gap), excused: Some(Excuse { words, is_of_pod: false }) }
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

/// The best proof for a check: what was seen in the pod goes before what the agent logged.
fn proof(check: &Check, evidence: &Evidence) -> Option<Proof> {
    let single = evidence.containers().is_ok_and(|containers| containers.len() == 1);
    let of_log = match check.proven_by {
        ProvenBy::Success(Success::OfOnlyContainer) => fetched_at(evidence).filter(|_| single),
        ProvenBy::Success(_) => fetched_at(evidence),
        ProvenBy::Request(request) if single || !check.is_per_container() => came_through(request, evidence),
        _ if check.judges_log() => asked_at(evidence),
        _ => None,
    };
    let of_probe = match check.proven_by {
        // The probe asks without a proxy, and as no program of the container's own: what it gets says nothing about either.
        ProvenBy::Success(Success::OfOnlyContainer) | ProvenBy::Request(Request::Own) | ProvenBy::Nothing => None,
        ProvenBy::Success(_) => fetched(evidence).map(|(time, seen)| Proof::of_probe(time, seen)),
        ProvenBy::Request(_) => reached(evidence).map(|seen| Proof::of_probe(seen, seen)),
        ProvenBy::Answer | ProvenBy::Presence => served(evidence).map(|seen| Proof::of_probe(seen, seen)),
    };
    let source = evidence.log_source();
    let of_node = node_proof(check, evidence).map(|time| Proof::of_node(time, source));
    // What is known of the pod itself says more than a later success of another.
    let of_log = of_log.map(|time| Proof::of_log(time, source)).or(of_node);
    // What a check says of the log is proven by the log.
    if check.judges_log() { of_log.or(of_probe) } else { of_probe.or(of_log) }
}

/// The last hour's last success of any pod on the node: it settles what the node needs to call EKS Auth.
fn node_proof(check: &Check, evidence: &Evidence) -> Option<Timestamp> {
    let log = evidence.serving_log().known().filter(|_| check.proven_by == ProvenBy::Success(Success::OfNode))?;
    log.node_proof(evidence.collected_at)
}

/// What a failure that proof cannot outweigh says beside it: how long the pod works on.
fn until(evidence: &Evidence, proof: &Proof) -> Observation {
    let end = clock(proof.time + evidence.credential_life());
    let value = format!("{}; works until the credentials are renewed, at the latest {end}", clock(proof.time));
    Observation { source: proof.source, field: "fetched".to_owned(), value }
}

/// The last time EKS Auth gave this pod credentials that are still valid and belong to the association as it is now.
///
/// A refusal since then means that something was changed: what worked before settles nothing.
fn fetched_at(evidence: &Evidence) -> Option<Timestamp> {
    let association = evidence.association.present()?;
    let changed = association.modified_at.or(association.created_at)? + CLOCK_TOLERANCE;
    let life = evidence.credential_life();
    let now = evidence.collected_at;
    let own = own_log(evidence)?;
    let refused = |kind| matches!(kind, AgentError::RoleRefused | AgentError::AccessDenied | AgentError::NotFound);
    if is_refused(evidence) || own.last_error().is_some_and(|(kind, _)| refused(kind)) {
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

/// When the pod last came to the agent, if no policy that may keep it away was made since.
fn came_through(request: Request, evidence: &Evidence) -> Option<Timestamp> {
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
    (request != Request::SincePolicies || !unread && made.is_none_or(|made| asked > made)).then_some(asked)
}

/// The last time the agent logged a request of this pod.
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

/// Differences between the clocks of AWS and of a node that decide nothing.
const PROBE_CLOCK_TOLERANCE: SignedDuration = SignedDuration::from_secs(5);

/// When EKS Auth gave the credentials that a container was seen to get, and when that was seen.
///
/// They have to be of the association as it is now: younger than its last change, and of its role, as far as STS was asked.
/// Also a copy of the pod has a token of its own for the same service account, so it proves the same of association and role.
pub fn fetched(evidence: &Evidence) -> Option<(Timestamp, Timestamp)> {
    let association = evidence.association.present()?;
    let changed = association.modified_at.or(association.created_at)? + PROBE_CLOCK_TOLERANCE;
    let of_association = |probed: &Probed| is_of(association, probed);
    evidence
        .all_probed()
        .filter(|(_, probed)| of_association(probed))
        .filter_map(|(_, probed)| Some((evidence.obtained_at(probed)?, probed.report.time?)))
        .filter(|(obtained, _)| *obtained > changed && *obtained <= evidence.collected_at + PROBE_CLOCK_TOLERANCE)
        .max()
}

fn is_of(association: &Association, probed: &Probed) -> bool {
    let arn = probed.report.identity.as_ref().and_then(|identity| identity.arn.as_ref());
    arn.is_none_or(|arn| association.is_served_by(arn.as_str()))
}

/// When a connection from the pod's own network to the agent was seen.
pub fn reached(evidence: &Evidence) -> Option<Timestamp> {
    let reaches = |probed: &Probed| {
        probed.is_of_pod() && probed.report.connection.as_ref().is_some_and(|connection| connection.failure.is_none())
    };
    evidence.all_probed().filter(|(_, probed)| reaches(probed)).filter_map(|(_, probed)| probed.report.time).max()
}

/// When the agent was seen to give credentials: it runs, and it is the right one, whether it may be looked at or not.
pub fn served(evidence: &Evidence) -> Option<Timestamp> {
    let all = evidence.all_probed().filter(|(_, probed)| probed.report.has_credentials());
    all.filter_map(|(_, probed)| probed.report.time).max()
}

/// Whether EKS Auth was seen to refuse: then what the log shows from before settles nothing.
pub fn is_refused(evidence: &Evidence) -> bool {
    use AgentError::{AccessDenied, NotFound, RoleRefused};
    let refused = |probed: &Probed| {
        let answer = probed.report.answer.as_ref();
        let body = answer.filter(|answer| answer.status != Some(200)).and_then(|answer| answer.body.as_ref());
        body.is_some_and(|body| matches!(AgentError::read(body.as_str()), RoleRefused | AccessDenied | NotFound))
    };
    evidence.all_probed().any(|(_, probed)| refused(probed))
}
