//! Does the agent give the container credentials when it asks as an SDK does? Its own check, because configuration and log
//! say why, and the answer says whether.

use crate::advice::words::agent_error::{failure, seen};
use crate::advice::words::agent_error::{phrase, remedies};
use crate::checks::{
    Check, Code, Evaluate, Finding, Severity, Strikes, Verdict, agent, association, cluster, eks_auth, role,
};
use crate::evidence::asked::probe::{AgentAnswer, FailureKind};
use crate::evidence::kubernetes::agent_log::AgentError;
use crate::evidence::{Container, Evidence, Gap, Source};

/// The check.
pub static CHECK: Check = Check {
    code: Code(940),
    name: "probe/agent-answers",
    area: &super::AREA,
    title: "the agent gives the container credentials",
    severity: Severity::Error,
    since: "0.1.0",
    reads: &[Source::Probe],
    requires: &[&super::agent_reachable::CHECK],
    explained_by: &[
        association::MISMATCHES,
        eks_auth::REFUSES,
        role::REFUSES,
        &[
            &cluster::supports_pod_identity::CHECK,
            &agent::ready::CHECK,
            &agent::arguments::CHECK,
            &agent::answered::CHECK,
            &super::token::CHECK,
        ],
    ],
    strikes: Strikes::PodsOnPodIdentity,
    hints_at: &[43],
    symptoms: &[
        "Received non 200 response 400 from container metadata",
        "Received non 200 response 500 from container metadata: []",
        "Service account token cannot be empty",
        "Error retrieving metadata: Received error when attempting to retrieve container metadata: Read timeout",
    ],
    docs: "\
## What it checks
With `--probe`: what the agent answers to the container's token, asked without a proxy and with
more patience than SDKs have. Another status than 200 is decoded; credentials that came are used
once, for PID950, and never leave the container.

## Why it matters
It is what every SDK does, made visible: SDKs show a status at most, and the body `[]` says only
that EKS Auth was not reached; then the agent's log has the reason. An answer of 200 comes from
the agent's cache for up to three hours, so it does not prove that association and trust policy
are right at this moment: when they run out tells since when they are held.

## How to fix
The finding names what the error means. An answer that comes after the SDK has given up is fixed
at its cause: mostly EKS Auth, which the agent asks up to three times.

## References
- aws/eks-pod-identity-agent, `pkg/errors/errors.go`,
  `internal/credsretriever/refreshing_cache.go`
- Amazon EKS API reference, AssumeRoleForPodIdentity
",
    evaluate: Evaluate::Container(evaluate),
    ..Check::DEFAULT
};

/// The SDKs for JavaScript and PHP wait for a second, botocore for two.
const SLOW_MS: u64 = 1000;

fn evaluate(evidence: &Evidence, container: Container<'_>) -> Result<Verdict, Gap> {
    let probed = match evidence.probed(&container)? {
        Ok(probed) => probed,
        Err(why) => return Ok(Verdict::not_applicable(why)),
    };
    let Some(answer) = &probed.report.answer else {
        let missing = probed.report.connection.is_some();
        let why = if missing {
            "there was no token to ask with"
        } else {
            "the container has no variable that names the agent"
        };
        return Ok(Verdict::not_applicable(why));
    };
    let Some(finding) = judge(evidence, answer) else { return Ok(Verdict::Pass) };
    let finding = finding.observed(Source::Probe, "took", format!("{} ms", answer.took_ms));
    Ok(seen(finding, probed).into())
}

fn judge(evidence: &Evidence, answer: &AgentAnswer) -> Option<Finding> {
    if let Some(cause) = &answer.failure {
        let message = match cause.kind {
            FailureKind::TimedOut => "the agent takes the connection and does not answer",
            _ if answer.status == Some(200) => "what answers at the agent's address gives no credentials",
            _ => "the agent takes the connection and gives no answer",
        };
        return Some(Finding::error(message).found(failure(cause)).expected("credentials"));
    }
    let status = answer.status.unwrap_or_default();
    if status != 200 {
        let body = answer.body.as_ref().map_or("", |body| body.as_str());
        return Some(refused(evidence, status, body).expected("status 200 with credentials"));
    }
    (answer.took_ms >= SLOW_MS).then(|| {
        Finding::warning("the agent answers after the SDK has given up")
            .found(format!("{} ms", answer.took_ms))
            .expected("less than 1000 ms: the SDKs for JavaScript and PHP wait for one second, botocore for two")
    })
}

fn refused(evidence: &Evidence, status: u16, body: &str) -> Finding {
    let found = format!("status {status} {body}");
    // Of an EKS Auth that was not reached the agent knows no request id, and prints nothing else.
    if status == 500 && body == "[]" {
        let message = "the agent does not reach EKS Auth; its log has the reason";
        return Finding::error(message).found(found).fixes(remedies(evidence, AgentError::NoConnection));
    }
    match AgentError::read(body) {
        AgentError::Other if body.trim_start().starts_with('<') => {
            Finding::error("something else than the agent answers at its address").found(found)
        }
        kind => Finding::error(phrase(kind)).found(found).fixes(remedies(evidence, kind)),
    }
}
