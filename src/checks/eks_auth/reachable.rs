//! Asks whether the agent reaches EKS Auth.
//!
//! It is separate from what EKS Auth says, because the way there is fixed in the network, not in IAM.

use super::standing;
use crate::checks::{Check, Code, Evaluate, Judges, ProvenBy, Severity, Strikes, Success, Verdict, agent};
use crate::evidence::kubernetes::agent_log::AgentError;
use crate::evidence::{Evidence, Gap, Source};

/// The check.
pub static CHECK: Check = Check {
    code: Code(720),
    name: "eks-auth/reachable",
    area: &super::AREA,
    title: "the agent reaches EKS Auth",
    severity: Severity::Error,
    since: "0.1.0",
    reads: &[Source::AgentLog, Source::NodeLog, Source::Pod],
    requires: &[&agent::ready::CHECK],
    explained_by: &[&[&agent::arguments::CHECK, &agent::version::CHECK]],
    strikes: Strikes::PodsOnPodIdentity,
    judges: Judges::AgentLog,
    proven_by: ProvenBy::Success(Success::OfNode),
    tells: &[62, 63, 69, 70],
    hints_at: &[43, 45, 47],
    symptoms: &[
        "Received non 200 response 500 from container metadata: []",
        "https response error StatusCode: 0, RequestID: , request send failed",
        "dial tcp: lookup eks-auth..api.aws: no such host",
        "x509: certificate signed by unknown authority",
        "x509: certificate is valid for",
        "context deadline exceeded (Client.Timeout exceeded while awaiting headers)",
    ],
    docs: r"## What it checks
Errors without an HTTP status in the agent's log: no such host, no connection, silence, a
certificate that is not trusted. The pod's own last request counts, or within the hour one of
another pod on the node; a success on the node after it settles it.

## Why it matters
The agent answers 500 with the body `[]` then, or so late that the SDK reports a timeout to the
agent, and stays Ready all the while.

## How to fix
Open the way from the node to `eks-auth.REGION.api.aws` on port 443: a route, the interface
endpoint `com.amazonaws.REGION.eks-auth` with private DNS and a security group that lets the nodes
in, or a proxy set on the agent's daemon set. Agents 0.1.32 to 0.1.35 do not honour a proxy.

## References
- Amazon EKS user guide, 'Access Amazon EKS using AWS PrivateLink', 'Set up the EKS Pod Identity
  Agent'
- aws/eks-pod-identity-agent, `internal/cloud/eksauth/service.go`; issues 50, 88
",
    evaluate: Evaluate::Pod(evaluate),
    ..Check::DEFAULT
};

fn evaluate(evidence: &Evidence) -> Result<Verdict, Gap> {
    standing::judge(evidence, Severity::Error, AgentError::is_unreachable)
}
