//! Asks whether the node's role may call EKS Auth, which the agent there signs its calls with.
//!
//! It is separate from the role of the pod: this one is of the node, and every pod of the node depends on it.

use crate::advice;
use crate::advice::words;
use crate::checks::{Check, Code, Evaluate, ProvenBy, Severity, Strikes, Success, Verdict, cluster};
use crate::evidence::{Evidence, Gap, GapReason, Simulation, Source};

/// The check.
pub static CHECK: Check = Check {
    code: Code(710),
    name: "eks-auth/node-role",
    area: &super::AREA,
    title: "the node's role may call EKS Auth",
    severity: Severity::Error,
    since: "0.1.0",
    reads: &[
        Source::NodeRoleSimulation,
        Source::Pod,
        Source::Associations,
        Source::Node,
        Source::Cluster,
        Source::NodeGroup,
        Source::NodeClass,
        Source::Ec2NodeClass,
        Source::InstanceProfile,
        Source::AccessEntries,
        Source::NodeAccessEntries,
        Source::AwsAuth,
        Source::AgentLog,
        Source::RootCertificates,
    ],
    requires: &[&cluster::node_supported::CHECK],
    strikes: Strikes::PodsOnPodIdentity,
    proven_by: ProvenBy::Success(Success::OfNode),
    tells: &[64, 65, 66, 131],
    symptoms: &[
        "AccessDeniedException: User is not authorized to perform: eks-auth:AssumeRoleForPodIdentity on resource",
        "because no identity-based policy allows the eks-auth:AssumeRoleForPodIdentity action",
        "Received non 200 response 400 from container metadata: AccessDeniedException",
    ],
    docs: r"## What it checks
Whether IAM's policy simulation allows the role of the pod's node to call
`eks-auth:AssumeRoleForPodIdentity` for the cluster. The role is told by the managed node group,
by the compute settings of the cluster or the node class (Auto Mode), by the node class of
Karpenter, else by access entries and `aws-auth`, if only one fits. Nothing is asked while the
agent's log shows a success of the last hour. A refusal in that log, with another text than the
one about the associated role, is told by PID690 and folded under this check.

## Why it matters
The agent calls EKS Auth with the node's role, whatever pod asks. A custom role, or a copy of an
old policy, lacks the action: then no pod of the node gets credentials. The simulation sees the
role's policies and its boundary; of service control policies it sees some, of resource control
policies and of the policy of a VPC endpoint nothing.

## How to fix
Attach `AmazonEKSWorkerNodePolicy` or `AmazonEKSWorkerNodeMinimalPolicy`, or allow that one action
in a policy of your own.

## References
- Amazon EKS user guide, 'Set up the EKS Pod Identity Agent', 'Amazon EKS node IAM role',
  'Configure add-ons for hybrid nodes'
- IAM API reference, SimulatePrincipalPolicy; Amazon EKS API reference, AssumeRoleForPodIdentity
",
    evaluate: Evaluate::Pod(evaluate),
    ..Check::DEFAULT
};

fn evaluate(evidence: &Evidence) -> Result<Verdict, Gap> {
    if evidence.live_pod()?.is_none() {
        return Ok(Verdict::not_applicable("there is no pod on a node"));
    }
    if evidence.associated().is_ok_and(|row| row.is_none()) && !asks(evidence)? {
        return Ok(Verdict::not_applicable("the pod does not use Pod Identity"));
    }
    let simulation = simulated(evidence)?;
    Ok(match words::role::node_role_denied(evidence, simulation) {
        Some(finding) => finding.fixes(advice::node_role::allow(evidence, simulation)).into(),
        None => Verdict::Pass,
    })
}

/// The simulation, or the first answer that was missing on the way to it.
fn simulated(evidence: &Evidence) -> Result<&Simulation, Gap> {
    match evidence.node_role_simulation.get() {
        Err(gap) if matches!(gap.reason, GapReason::Blocked { .. }) => Err(evidence.node_role().err().unwrap_or(gap)),
        Err(gap) => Err(gap),
        Ok(simulation) => evidence.node_role().map(|_| simulation),
    }
}

/// Whether any container asks the agent.
fn asks(evidence: &Evidence) -> Result<bool, Gap> {
    Ok(evidence.containers()?.iter().any(crate::evidence::Container::has_pod_identity_variables))
}
