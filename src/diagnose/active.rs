//! What was asked for beyond reading: what came of it, and what was not done.
//!
//! It is separate from the checks, because a switch that was given and did nothing must be said first, whatever they say.

use crate::evidence::asked::assume::TrailRefusal;
use crate::evidence::aws::role::Arn;
use crate::evidence::reading::GapKind;
use crate::evidence::{Evidence, Gap, GapReason, Source, Trail};

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
    let gaps = [
        canary,
        evidence.assume.gap().cloned(),
        evidence.node_log.gap().cloned(),
        evidence.trail.gap().cloned(),
        probe,
    ];
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
        format!("{} could not be done: {}", self.switch, why(&self.gap))
    }
}

fn why(gap: &Gap) -> &str {
    if gap.detail.is_empty() { gap.reason.phrase() } else { &gap.detail }
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

/// What AWS recorded: the last session of the pod, or that there is none; what was refused; what could not be read.
fn recorded(evidence: &Evidence, trail: &Trail) -> Vec<String> {
    let moment = |time: jiff::Timestamp| time.strftime("%Y-%m-%d %H:%M").to_string();
    let session = trail.sessions.known().map(|sessions| {
        let Some(one) = sessions.events.first() else {
            // Sessions of a former role are those of another, which was not asked about.
            let association = evidence.association.present();
            let changed = association.and_then(|one| one.modified_at.or(one.created_at));
            let since = moment(changed.map_or(sessions.back_to, |changed| changed.max(sessions.back_to)));
            return format!(
                "CloudTrail: no session of the associated role for this pod since {since}; events come up to 15 minutes late"
            );
        };
        let role = Arn::parse(&one.session_arn).and_then(|arn| arn.role_name()).unwrap_or("of the association");
        format!("CloudTrail {}: EKS assumed role {role} for this pod", moment(one.time))
    });
    let untagged = trail.sessions.gap().filter(|gap| gap.kind == Some(GapKind::NothingToAsk));
    let untagged = untagged.map(|gap| format!("CloudTrail: {}", gap.detail));
    let refused = |to: &str, one: &TrailRefusal| {
        let (action, code, message) = (one.action.as_str(), one.code.as_str(), one.message.as_str());
        let colon = if message.is_empty() { "" } else { ": " };
        format!("CloudTrail {}: {action} was refused to {to}: {code}{colon}{message}", moment(one.time))
    };
    let mut told: Vec<&str> = Vec::new();
    let calls = trail.denied_calls.known().into_iter().flat_map(|all| &all.events);
    let calls = calls.filter(|one| {
        let is_new = !told.contains(&one.action.as_str());
        told.push(one.action.as_str());
        is_new
    });
    let calls = calls.take(MOST_CALLS).map(|one| refused("this pod", one)).collect::<Vec<_>>();
    let node = trail.refusals.known().and_then(|all| all.events.first());
    let node = node.map(|one| refused("the agent of the node, for this pod or another", one));
    let unread = trail.gaps().next().map(|gap| format!("CloudTrail: not all could be read: {}", why(gap)));
    session.or(untagged).into_iter().chain(calls).chain(node).chain(unread).collect()
}

/// How many refused calls of the pod are told.
const MOST_CALLS: usize = 3;
