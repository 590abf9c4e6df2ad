//! Asks what became of the pod's last request, and decodes the error if there was one.
//!
//! It is separate from the causes behind it: the log tells the answer, configuration tells why.

use jiff::SignedDuration;

use super::overtaken::{Overtaken, overtaken, succeeded_since};
use crate::advice::doctor::ask_eks_auth;
use crate::advice::restart;
use crate::advice::words::agent_error::{clock, finding, recurring};
use crate::checks::{
    Check, Code, Evaluate, Judges, ProvenBy, Severity, Strikes, Verdict, association, cluster, eks_auth, injection,
    role,
};
use crate::evidence::{Evidence, Gap, Source};

/// The check.
pub static CHECK: Check = Check {
    code: Code(690),
    name: "agent/answered",
    area: &super::AREA,
    title: "the agent gave the pod credentials",
    severity: Severity::Error,
    since: "0.1.0",
    reads: &[Source::AgentLog, Source::NodeLog, Source::Pod],
    requires: &[&super::ready::CHECK, &injection::variables::CHECK],
    explained_by: &[
        association::MISMATCHES,
        eks_auth::REFUSES,
        role::REFUSES,
        &[&cluster::supports_pod_identity::CHECK, &injection::token::CHECK, &super::arguments::CHECK],
    ],
    strikes: Strikes::PodsOnPodIdentity,
    judges: Judges::AgentLog,
    proven_by: ProvenBy::Answer,
    tells: &[43, 54, 61, 74, 109],
    hints_at: &[7, 76, 77, 78],
    symptoms: &[
        "Error fetching credentials: error getting credentials to cache: unable to fetch credentials from EKS Auth",
        "Received non 200 response 400 from container metadata",
        "Received non 200 response 500 from container metadata: []",
        "Error retrieving metadata: Received non 200 response",
        "Called agent through invalid address, please use either [169.254.170.23 fd00:ec2::23] address",
        "fetched credentials are expired or will expire within the next",
        "Non-success status from HTTP credential provider: StatusCode(400)",
        "Received non 200 response 404 from container metadata",
        "failed to load credentials, the full URI answered 400",
    ],
    docs: r"## What it checks
The last outcome that the agent logged for the pod's address since its container started. An error
is decoded: what EKS Auth said, why it was not reached, what is wrong with the token. At the
agent's usual log level a request without an error counts as served.

## Why it matters
An SDK shows only a status, often with the body `[]`; the reason stands in the agent's log. An
error that is older than ten minutes, with no request since, is a warning: whatever it was may be
over.

## How to fix
The finding names what the error means and what helps. Where another check names the same cause,
that one comes first.

## References
- aws/eks-pod-identity-agent, `pkg/errors/errors.go`, `internal/validation/request.go`; issues 26,
  50, 139
- Amazon EKS API reference, AssumeRoleForPodIdentity
",
    evaluate: Evaluate::Pod(evaluate),
    ..Check::DEFAULT
};

/// An error this old says what was, not what is.
pub(super) const OLD: SignedDuration = SignedDuration::from_mins(10);

fn evaluate(evidence: &Evidence) -> Result<Verdict, Gap> {
    let own = match evidence.own_log()? {
        Ok(own) => own,
        Err(why) => return Ok(Verdict::not_applicable(why)),
    };
    if own.last_answer().is_none() {
        return Ok(Verdict::not_applicable("the log has no answered request of the pod"));
    }
    let recurs = own.recurring_error();
    let Some((kind, outcome)) = own.last_error() else {
        return Ok(recurs.map_or(Verdict::Pass, |error| recurring(evidence, error).into()));
    };
    // Whichever of several clients was answered last, what one of them sends wrongly is no more than that.
    if let Some(error) = recurs.filter(|(recurring, ..)| recurring.is_of_client() && *recurring == kind) {
        return Ok(recurring(evidence, error).into());
    }
    if succeeded_since(evidence, outcome.time)? {
        return Ok(Verdict::Pass);
    }
    let old = own.age(outcome) > OLD;
    let mut finding = finding(evidence, if old { Severity::Warning } else { Severity::Error }, kind, outcome);
    if old {
        finding.message = format!("{}; last seen {}, not asked since", finding.message, clock(outcome.time));
    }
    match overtaken(evidence, &own, kind, outcome.time) {
        Overtaken::No => {}
        Overtaken::Perhaps => finding.suspected = true,
        Overtaken::Yes(since) => {
            finding.message = format!("{}; {since}", finding.message);
            finding.suspected = true;
            // What it was about needs no fix any more: a new pod asks anew, and a dry question tells at once.
            finding.remediation = vec![ask_eks_auth(evidence), restart(evidence)];
        }
    }
    Ok(finding.into())
}
