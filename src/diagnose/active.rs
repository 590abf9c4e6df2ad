//! What was asked for beyond reading: what came of it, and what was not done.
//!
//! It is separate from the checks, because a switch that was given and did nothing must be said first, whatever they say.

use crate::evidence::aws::role::Arn;
use crate::evidence::{Association, Evidence, Gap, GapReason, Source, Trail};

/// A switch that was given and could not be carried out, and why; the first of several.
pub fn undone(evidence: &Evidence) -> Option<Undone> {
    let probes = || evidence.probe.known().map(|all| all.values().filter_map(|one| one.gap()).collect::<Vec<_>>());
    // Of several containers one that was looked into is enough to have something to say.
    let probe = evidence.probe.gap().cloned().or_else(|| {
        let (all, gaps) = (evidence.probe.known()?.len(), probes()?);
        (all == gaps.len()).then(|| gaps.first().map(|gap| (*gap).clone())).flatten()
    });
    let canary = evidence.canary.gap().cloned().or_else(|| {
        let canary = evidence.canary.known().filter(|canary| canary.answered() == 0)?;
        let words = canary.refusal().map(|(by, message)| format!("{by} refused it: {message}"));
        let words = words.unwrap_or_else(|| "no dry-run was answered".to_owned());
        Some(Gap::new(Source::Canary, GapReason::Insufficient, words))
    });
    let gaps = [canary, evidence.assume.gap().cloned(), evidence.trail.gap().cloned(), probe];
    let mut asked = gaps.into_iter().flatten().filter(|gap| gap.reason != GapReason::NotRequested);
    asked.find_map(|gap| Some(Undone { switch: gap.source.switch()?, gap }))
}

/// A switch that was given and could not be carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undone {
    /// The switch.
    pub switch: &'static str,
    /// Why.
    pub gap: Gap,
}

impl Undone {
    /// The headline.
    pub fn words(&self) -> String {
        let why = if self.gap.detail.is_empty() { self.gap.reason.phrase() } else { &self.gap.detail };
        format!("{} could not be done: {why}", self.switch)
    }
}

/// What was done, a phrase each.
pub fn done(evidence: &Evidence) -> Vec<String> {
    let clock = |time: jiff::Timestamp| time.strftime("%H:%M:%S").to_string();
    let canary = evidence.canary.known().filter(|canary| canary.answered() > 0).map(|canary| {
        let (asked, with) = (canary.answered(), canary.answered() - canary.lacking());
        format!("canary {}: {with} of {asked} new pods get their variables", clock(canary.asked_at))
    });
    let assume = evidence.assume.known().and_then(|assumed| {
        let given = assumed.given()?;
        let role = Arn::parse(&given.session_arn).and_then(|arn| arn.role_name())?;
        Some(format!(
            "assume {}: EKS Auth gives role {role} until {}",
            clock(assumed.asked_at),
            clock(given.expires_at)
        ))
    });
    let probes = evidence.all_probed().map(|(name, probed)| {
        let arn = probed.report.identity.as_ref().and_then(|identity| identity.arn.as_ref());
        let seen = arn.map_or("was looked into".to_owned(), |arn| format!("acts as {}", arn.as_str()));
        format!("probe: container {name} {seen}")
    });
    let trail = evidence.trail.known().into_iter().flat_map(|trail| recorded(evidence, trail));
    canary.into_iter().chain(assume).chain(trail).chain(probes).collect()
}

/// What AWS recorded: the last session of the pod, or that there is none, and the last refusal of its node.
fn recorded(evidence: &Evidence, trail: &Trail) -> Vec<String> {
    let moment = |time: jiff::Timestamp| time.strftime("%Y-%m-%d %H:%M").to_string();
    let is_asked = evidence.association.present().is_some_and(Association::has_session_tags);
    let session = match trail.sessions.first() {
        Some(one) => {
            let role = Arn::parse(&one.session_arn).and_then(|arn| arn.role_name()).unwrap_or("of the association");
            Some(format!("CloudTrail {}: EKS got a session of role {role} for this pod", moment(one.time)))
        }
        None if !is_asked => None,
        None if trail.is_cut_off => {
            Some("CloudTrail: more events than are read, and none of those read is a session for this pod".to_owned())
        }
        None => Some(format!(
            "CloudTrail: no session for this pod since {}; events come up to 15 minutes late",
            moment(trail.since)
        )),
    };
    let refusal = trail.refusals.known().and_then(|all| all.first()).map(|one| {
        let code = one.code.as_str();
        format!("CloudTrail {}: EKS Auth refused a pod of this node, perhaps another: {code}", moment(one.time))
    });
    session.into_iter().chain(refusal).collect()
}
