//! What is judged: the way to an identity that the pod is on, the checks that concern it, and those that were asked for.

use crate::checks::{Check, Code, Judges, Scope, Way, registry};
use crate::evidence::kubernetes::metadata::AGENT;
use crate::evidence::kubernetes::node::Compute;
use crate::evidence::reading::GapKind;
use crate::evidence::source::SYSTEM_NAMESPACE;
use crate::evidence::{Container, Evidence, Gap, GapReason, Pod};
use crate::report::ReportContainer;

/// The way a pod gets its AWS identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mode {
    /// An association exists, or a container carries the variables of Pod Identity.
    PodIdentity,
    /// No association exists, and the service account or the containers ask for IRSA.
    Irsa,
    /// There is neither.
    None,
    /// What decides could not be read: the associations, or the service account of a pod that is still to come.
    Unknown(Gap),
}

impl Mode {
    /// Finds the mode of the target.
    pub fn of(evidence: &Evidence) -> Self {
        let containers = evidence.containers().unwrap_or_default();
        if containers.iter().any(Container::has_pod_identity_variables) && !is_template(evidence) {
            return Self::PodIdentity;
        }
        let associated = match evidence.associated() {
            Ok(row) => row.is_some(),
            Err(gap) => return Self::Unknown(gap),
        };
        if associated {
            return Self::PodIdentity;
        }
        if asks_for_irsa(evidence) {
            return Self::Irsa;
        }
        evidence.unread_annotation().map_or(Self::None, |gap| Self::Unknown(gap.clone()))
    }

    /// The word in machine output.
    pub fn word(&self) -> &'static str {
        match self {
            Self::PodIdentity => "podIdentity",
            Self::Irsa => "irsa",
            Self::None => "none",
            Self::Unknown(_) => "unknown",
        }
    }
}

/// Whether the service account is annotated for IRSA, or a container has its variables.
fn asks_for_irsa(evidence: &Evidence) -> bool {
    let annotated = evidence.service_account.present().is_some_and(|account| account.annotated_role().is_some());
    let containers = evidence.containers().unwrap_or_default();
    annotated || containers.iter().any(Container::has_web_identity_variables)
}

/// A template's own variables were written by a person, not by the webhook.
fn is_template(evidence: &Evidence) -> bool {
    evidence.pod.present().is_some_and(|pod| pod.from_template)
}

/// Why a pod needs no identity of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unconcerned {
    /// It is the agent.
    Agent,
    /// It is part of the system, on the host's network.
    System,
    /// A selector picked it, and it neither has nor asks for an identity.
    AsksForNone,
}

impl Unconcerned {
    /// The reason, in words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Agent => "the pod is the EKS Pod Identity agent itself, which acts with the role of its node",
            Self::System => {
                "the pod is a part of the system on the host's network, and without an association it acts with the role of its node"
            }
            Self::AsksForNone => "not concerned: the pod neither has nor asks for an AWS identity",
        }
    }
}

/// Says which switch would ask for what a check rests on, where that was not asked for.
pub fn not_asked(check: &Check, evidence: &Evidence) -> Option<String> {
    if !check.area.is_active {
        return None;
    }
    let (source, switch) = check.reads.iter().find_map(|source| Some((source, source.switch()?)))?;
    let gap = evidence.source_gap(*source)?;
    (gap.reason == GapReason::NotRequested).then(|| match &gap.kind {
        Some(GapKind::NothingToAsk) => gap.detail.clone(),
        Some(GapKind::AskedForAnotherPod) => format!("not asked for: {}", gap.detail),
        _ => format!("not asked for: {switch} does"),
    })
}

/// Says what a pod is that needs no identity of its own, if it is one: the agent itself, a part of the system on the host's
/// network, or a pod that a selector picked and that neither has an identity nor asks for one.
pub fn unconcerned(evidence: &Evidence, mode: &Mode) -> Option<Unconcerned> {
    let pod = evidence.logged_pod().ok()??;
    let is_without = !pod.containers().any(|one| one.has_pod_identity_variables() || one.has_web_identity_variables());
    if !is_without || matches!(mode, Mode::PodIdentity | Mode::Irsa) {
        return None;
    }
    if !pod.spec.host_network {
        return (evidence.target.is_selected && *mode == Mode::None).then_some(Unconcerned::AsksForNone);
    }
    let of_agent = |image: &String| image.contains(AGENT);
    if pod.spec.containers.iter().any(|one| one.image.as_ref().is_some_and(of_agent)) {
        Some(Unconcerned::Agent)
    } else if *mode == Mode::None && pod.metadata.namespace == SYSTEM_NAMESPACE {
        Some(Unconcerned::System)
    } else {
        None
    }
}

/// Whether a check looks at what is now, and the pod has ended: what the agent logged of its life counts, the state of network
/// and agent does not.
pub fn is_past(check: &Check, evidence: &Evidence) -> bool {
    let has_ended = || evidence.live_pod().is_ok_and(|pod| pod.is_some_and(Pod::has_ended));
    check.area.needs_node && !check.judges_log() && has_ended()
}

/// Whether a check looks at the log, and one was read although no agent pod is judged: that of another pod for its service
/// account, or that of the agent which is built into the node.
pub fn is_told_by_log(check: &Check, evidence: &Evidence) -> bool {
    let was_asked = evidence.serving_log().gap().is_none_or(|gap| gap.reason != GapReason::NotRequested);
    let is_built_in = evidence.compute() == Ok(Compute::Auto);
    let is_open = is_built_in && check.judges == Judges::AgentRequest;
    check.judges_log() && (is_open || was_asked && (is_built_in || evidence.representative.is_some()))
}

/// Says why a check has no meaning for this target, if it has none.
pub fn not_applicable(check: &Check, evidence: &Evidence, mode: &Mode) -> Option<&'static str> {
    if let Some(reason) = unconcerned(evidence, mode) {
        // The agent's own state is that of its node's agent.
        let applies = match check.area.scope {
            Scope::Cluster => true,
            Scope::Node => reason == Unconcerned::Agent,
            Scope::Pod => false,
        };
        return (!applies).then(|| reason.words());
    }
    match (mode, check.way()) {
        (Mode::Irsa, Way::PodIdentity) => return Some("the service account uses IAM roles for service accounts"),
        (Mode::PodIdentity | Mode::None, Way::Irsa) => return Some("the service account is not on IRSA"),
        _ => {}
    }
    let pod = evidence.live_pod().ok().flatten()?;
    if !check.area.needs_node {
        None
    } else if is_past(check, evidence) {
        Some("the pod has ended")
    } else if pod.spec.node_name.is_none() {
        Some("the pod is not scheduled to a node yet")
    } else {
        None
    }
}

/// Why it is not known whether a check of Pod Identity concerns a target that asks for IRSA or may do so, where that is so.
pub fn undecided(check: &Check, evidence: &Evidence) -> Option<Gap> {
    if check.way() != Way::PodIdentity {
        return None;
    }
    let Mode::Unknown(gap) = Mode::of(evidence) else { return None };
    (asks_for_irsa(evidence) || evidence.unread_annotation().is_some()).then_some(gap)
}

/// Which checks take part; all of them, unless something was asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    only: Option<Vec<Code>>,
    skip: Vec<Code>,
}

impl Selection {
    /// Selects by patterns: codes, names and areas, with `*` for any text.
    ///
    /// What a check named by `only` requires is selected with it, because the check is meaningless unless that holds. What
    /// `skip` names is left out even if another check requires it. The error is the first pattern that names nothing.
    pub fn new(only: &[String], skip: &[String]) -> Result<Self, String> {
        let mut selected = Vec::new();
        for check in named(only)? {
            add_with_prerequisites(check, &mut selected);
        }
        let skip = named(skip)?.into_iter().map(|check| check.code).collect();
        Ok(Self { only: (!only.is_empty()).then_some(selected), skip })
    }

    /// How many decisive checks are left out.
    pub fn decisive_left_out(&self) -> usize {
        registry::all().filter(|check| check.decisive && !self.has(check)).count()
    }

    /// Whether a check takes part.
    pub fn has(&self, check: &Check) -> bool {
        self.only.as_ref().is_none_or(|only| only.contains(&check.code)) && !self.skip.contains(&check.code)
    }
}

fn named(patterns: &[String]) -> Result<Vec<&'static Check>, String> {
    let mut found = Vec::new();
    for pattern in patterns.iter().flat_map(|list| list.split(',')) {
        let matching = registry::matching(pattern);
        if matching.is_empty() {
            return Err(pattern.to_owned());
        }
        found.extend(matching);
    }
    Ok(found)
}

fn add_with_prerequisites(check: &'static Check, selected: &mut Vec<Code>) {
    if !selected.contains(&check.code) {
        selected.push(check.code);
        for required in check.requires {
            add_with_prerequisites(required, selected);
        }
    }
}

/// Writes down the containers; with a name, that one only.
pub fn containers(evidence: &Evidence, only: Option<&str>) -> Vec<ReportContainer> {
    let Some(pod) = evidence.pod.present() else { return Vec::new() };
    pod.containers()
        .filter(|container| only.is_none_or(|name| container.name == name))
        .map(|container| ReportContainer {
            name: container.name.clone(),
            kind: container.kind,
            credential_chain: (!pod.from_template).then(|| evidence.credential_chain(&container)),
        })
        .collect()
}
