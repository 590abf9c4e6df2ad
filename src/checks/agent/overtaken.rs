//! Whether an error in the agent's log is one of yesterday: what it was about has changed since, or it was seen to work since.
//!
//! It is separate from the check that reads the error, because times of other objects decide here.

use jiff::{SignedDuration, Timestamp};

use super::answered::OLD;
use crate::duration::in_words;
use crate::evidence::kubernetes::agent_log::AgentError;
use crate::evidence::{Evidence, Gap};
use crate::reasoning::agent::answers::OwnLog;

/// How long AWS may take until something new is known everywhere.
const SPREADING: SignedDuration = SignedDuration::from_mins(2);

/// Whether a probe in the pod, or EKS Auth asked from here, gave the role of the association after an error.
///
/// A gap where something was given, and whether it is the role of the association is not known.
pub(super) fn succeeded_since(evidence: &Evidence, error: Timestamp) -> Result<bool, Gap> {
    let assumed = evidence.assume.known().filter(|assumed| assumed.asked_at > error);
    if let Some(given) = assumed.and_then(|assumed| assumed.given())
        && let Some(association) = evidence.association.get()?
        && association.is_served_by(&given.session_arn)
    {
        return Ok(true);
    }
    let probed = evidence.all_probed().filter(|(_, probed)| probed.report.has_credentials());
    let obtained = probed.filter_map(|(_, probed)| evidence.obtained_at(probed)).max();
    Ok(obtained.is_some_and(|time| time > error))
}

/// Whether a refusal is one of yesterday.
pub(super) enum Overtaken {
    /// It still holds.
    No,
    /// What would tell could not be read.
    Perhaps,
    /// It does not need to hold any more, for this reason.
    Yes(String),
}

/// Says what makes the refusal one of yesterday: what it was about has changed since, or was not known everywhere yet.
pub(super) fn overtaken(evidence: &Evidence, own: &OwnLog<'_>, kind: AgentError, time: Timestamp) -> Overtaken {
    if !matches!(kind, AgentError::NotFound | AgentError::RoleRefused) {
        return Overtaken::No;
    }
    let association = match evidence.association.get() {
        Ok(Some(association)) => association,
        // What is gone explains the refusal.
        Ok(None) => return Overtaken::No,
        Err(_) => return Overtaken::Perhaps,
    };
    if association.modified_at.or(association.created_at).is_some_and(|changed| changed > time) {
        return Overtaken::Yes("the association was changed since, and the pod has not asked again".to_owned());
    }
    // What is refused for so long, and until now, is not only new.
    let is_long = own.refused_since(kind).is_some_and(|since| time.duration_since(since) >= SPREADING);
    let is_of_now = evidence.collected_at.duration_since(time) < OLD;
    if is_long && (is_of_now || !evidence.trust_surely_allows()) {
        return Overtaken::No;
    }
    let (what, made) = match (kind, evidence.role.get()) {
        (AgentError::NotFound, _) => ("association", association.created_at),
        (_, Err(_)) => return Overtaken::Perhaps,
        (_, Ok(role)) => ("role", role.as_ref().and_then(|role| role.create_date)),
    };
    let age = made.map(|made| time.duration_since(made)).filter(|age| *age < SPREADING && !is_long);
    if let Some(age) = age {
        let age = in_words(age);
        return Overtaken::Yes(format!("the {what} was made {age} before and may not have been known everywhere"));
    }
    // IAM does not say when a trust policy was changed: what it allows now was changed since, or it is not the reason.
    if kind == AgentError::RoleRefused && evidence.trust_surely_allows() {
        return Overtaken::Yes("the trust policy allows the pod now, and the pod has not asked again since".to_owned());
    }
    Overtaken::No
}
