//! How the errors of the log are judged where they concern the whole node: the last outcome counts.

use jiff::SignedDuration;

use crate::advice::words::agent_error::{clock, finding};
use crate::checks::{Severity, Verdict};
use crate::evidence::kubernetes::agent_log::AgentError;
use crate::evidence::{Evidence, Gap};

/// For how long what another pod met counts as a fact about this one.
const RECENT: SignedDuration = SignedDuration::from_mins(10);

/// Fails while an error of the kind that is meant stands, of this pod or within the hour of another on its node.
///
/// A pod that was served since, from the agent's cache, works on for a while: for it the error is a warning.
pub(super) fn judge(
    evidence: &Evidence,
    severity: Severity,
    is_meant: impl Fn(AgentError) -> bool,
) -> Result<Verdict, Gap> {
    let own = match evidence.own_log()? {
        Ok(own) => own,
        Err(why) => return Ok(Verdict::not_applicable(why)),
    };
    if !own.tells_of_calls() {
        return Ok(Verdict::not_applicable("the agent's log has no call to EKS Auth"));
    }
    let Some((kind, outcome)) = own.standing_error(is_meant) else { return Ok(Verdict::Pass) };
    let served = own.last_answer().is_some() && own.last_error().is_none();
    let severity = if served { Severity::Warning } else { severity };
    let mut finding = finding(evidence, severity, kind, outcome);
    if served {
        finding.message = format!("{}; the pod was served from the agent's cache", finding.message);
    } else if outcome.port.is_none() && own.last_answer().is_none() {
        let has_address = evidence.logged_pod()?.is_some_and(|pod| pod.status.pod_ip.is_some());
        let who = if has_address { "another pod" } else { "a pod" };
        finding.message = format!("{}; {who} of the node met it at {}", finding.message, clock(outcome.time));
        // What one pod met once may have passed.
        finding.suspected = own.age(outcome) > RECENT;
    }
    Ok(finding.into())
}
