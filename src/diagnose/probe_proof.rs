//! What a look into the containers proves: that a connection to the agent came about, and since when the pod has credentials
//! of its association. It goes before what the agent logged.

use jiff::{SignedDuration, Timestamp};

use crate::evidence::kubernetes::agent_error::AgentError;
use crate::evidence::{Association, Evidence, Probed};

/// Differences between the clocks of AWS and of a node that decide nothing.
const CLOCK_TOLERANCE: SignedDuration = SignedDuration::from_secs(5);

/// When EKS Auth gave the credentials that a container was seen to get, and when that was seen.
///
/// They have to be of the association as it is now: younger than its last change, and of its role, as far as STS was asked.
/// Also a copy of the pod has a token of its own for the same service account, so it proves the same of association and role.
pub fn fetched(evidence: &Evidence) -> Option<(Timestamp, Timestamp)> {
    let association = evidence.association.present()?;
    let changed = association.modified_at.or(association.created_at)? + CLOCK_TOLERANCE;
    let of_association = |probed: &Probed| is_of(association, probed);
    evidence
        .all_probed()
        .filter(|(_, probed)| of_association(probed))
        .filter_map(|(_, probed)| Some((evidence.obtained_at(probed)?, probed.report.time?)))
        .filter(|(obtained, _)| *obtained > changed && *obtained <= evidence.collected_at + CLOCK_TOLERANCE)
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
