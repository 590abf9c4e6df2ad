//! Asks whether the pod has ever asked the agent for credentials.
//!
//! It is separate from the answer: a pod that does not ask uses another source of credentials, cannot reach the agent, or
//! has had no need yet.

use crate::advice::doctor::probe_the_container;
use crate::checks::{
    Check, Code, Evaluate, Finding, Judges, ProvenBy, Remediation, Severity, Strikes, Verdict, container, injection,
    network,
};
use crate::evidence::kubernetes::agent_log::LoggedEvent;
use crate::evidence::{Evidence, Gap, GapReason, Pod, Source};
use crate::findings::remediation::shell;
use crate::reasoning::agent::answers::FIRST_MINUTE;

/// The check.
pub static CHECK: Check = Check {
    code: Code(680),
    name: "agent/asked",
    area: &super::AREA,
    title: "the pod has asked the agent for credentials",
    severity: Severity::Warning,
    since: "0.1.0",
    reads: &[Source::AgentLog, Source::NodeLog, Source::Pod],
    requires: &[&super::ready::CHECK, &injection::variables::CHECK],
    explained_by: &[
        network::KEEPS_AWAY,
        &[
            &injection::token::CHECK,
            &container::static_keys::CHECK,
            &container::web_identity::CHECK,
            &container::profile::CHECK,
            &container::relative_uri::CHECK,
            &container::token_variable::CHECK,
            &container::sdk::CHECK,
            &super::arguments::CHECK,
            &super::address_family::CHECK,
        ],
    ],
    strikes: Strikes::PodsOnPodIdentity,
    judges: Judges::AgentRequest,
    proven_by: ProvenBy::Answer,
    is_common: true,
    symptoms: &[
        "Unable to locate credentials",
        "connect timeout on endpoint URL: \"http://169.254.170.23/v1/credentials\"",
        "Read timeout on endpoint URL: \"http://169.254.170.23/v1/credentials\"",
        "Error retrieving metadata: Received error when attempting to retrieve container metadata: Connect timeout on endpoint URL: \"http://169.254.170.23/v1/credentials\"",
    ],
    docs: r"## What it checks
That the agent's log has a request from the pod's address since its container started. Only a log
that reaches back to that moment and was read to its end can show that there was none. Pods on the
host's network and volumes of the secrets-store CSI driver (the driver asks) are left out; the log
of an Auto Mode node is read with --node-logs only. Requests of podid-probe do not count: they come from ports 17023 to 17042.

## Why it matters
A pod that never asks gets its credentials elsewhere, or cannot reach the agent, or has not called
AWS yet. It is a note, and a warning where a container fails or restarts.

## How to fix
Look at what outranks Pod Identity in the container, at network policies and proxies, and at the
version of the SDK. An idle pod needs nothing.

## References
- aws/eks-pod-identity-agent, `internal/middleware/logger`,
  `pkg/handlers/eks_credential_handler.go`
",
    evaluate: Evaluate::Pod(evaluate),
    ..Check::DEFAULT
};

fn evaluate(evidence: &Evidence) -> Result<Verdict, Gap> {
    let Some(pod) = evidence.live_pod()? else {
        return Ok(Verdict::not_applicable("there is no pod that could have asked"));
    };
    if pod.is_served_by_secrets_store() {
        return Ok(Verdict::not_applicable("the secrets-store CSI driver asks in the place of the pod"));
    }
    let own = match evidence.own_log()? {
        Ok(own) => own,
        Err(why) => return Ok(Verdict::not_applicable(why)),
    };
    if !own.outcomes.is_empty() {
        return Ok(Verdict::Pass);
    }
    let since = pod.has_address_since();
    if since.is_some_and(|since| evidence.collected_at.duration_since(since) < FIRST_MINUTE) {
        return Ok(Verdict::not_applicable("the pod has had its address for less than a minute"));
    }
    if !own.log.covers_life {
        let detail = "the log does not reach back to the start of the container, and has no request of the pod since";
        return Err(Gap::new(evidence.log_source(), GapReason::Insufficient, detail));
    }
    let severity = if pod.is_failing() { Severity::Warning } else { Severity::Note };
    let since = since.map(|time| time.to_string()).unwrap_or_default();
    let finding = Finding::new(severity, "the pod has not asked the agent for credentials").observed(
        evidence.log_source(),
        "requests of the pod",
        "0",
    );
    let finding = match own.of_probe.iter().filter(|one| one.event == LoggedEvent::Requested).count() {
        0 => finding,
        number => finding.observed(evidence.log_source(), "requests of podid-probe", number.to_string()),
    };
    Ok(finding
        .observed(Source::Pod, "has its address since", since)
        .found("no request from the pod's address since its container started")
        .expected("a request, once the pod calls AWS")
        .fix(look(pod))
        .fixes(pod.is_failing().then(|| probe_the_container(evidence, USUAL_REASONS)))
        .into())
}

/// Why pods that fail are silent, the most usual first (by public reports); a look from inside settles it.
const USUAL_REASONS: &str = "ask the container itself. The usual reasons, in this order: its SDK is older than Pod Identity (explain PID490), it fails before it calls AWS, something outranks Pod Identity in a file that no reading sees";

/// Only the pod's own log tells where its SDK looked instead.
fn look(pod: &Pod) -> Remediation {
    let (namespace, name) = (shell(&pod.metadata.namespace), shell(&pod.metadata.name));
    Remediation::kubectl(
        "see what the pod itself says about credentials",
        format!("kubectl -n {namespace} logs {name} --all-containers --tail=100"),
        "changes nothing",
    )
}
