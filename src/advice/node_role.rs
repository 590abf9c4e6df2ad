//! Remedies for a node's role that may not call EKS Auth.

use crate::advice::words;
use crate::evidence::aws::role::Arn;
use crate::evidence::aws::simulation::Denial;
use crate::evidence::{Evidence, Simulation};
use crate::findings::remediation::{Command, Part, Remediation, shell, terraform_name, terraform_string};
use crate::reasoning::role::node_role::EKS_AUTH_ACTION;

/// The inline policy that is added.
const POLICY: &str = "eks-pod-identity-agent";
/// What changes with it.
const CHANGES: &str = "agents of all nodes with this role can then call EKS Auth";

/// Lets the role call EKS Auth, or says who else has to.
pub fn allow(evidence: &Evidence, simulation: &Simulation) -> Vec<Remediation> {
    let name = words::role::node_role_name(&simulation.policy_source_arn);
    match simulation.denial() {
        Some(Denial::Implicit) => vec![put(evidence, name)],
        Some(Denial::Explicit) => vec![Remediation::words(
            format!(
                "take the Deny that matches {EKS_AUTH_ACTION} out of {}, or except it there",
                decided_by(simulation)
            ),
            CHANGES,
        )],
        Some(Denial::Boundary) => vec![Remediation::words(
            format!("allow {EKS_AUTH_ACTION} in the permissions boundary of role {name}"),
            CHANGES,
        )],
        Some(Denial::Organization) => vec![Remediation::words(
            format!("ask whoever keeps the organization's service control policies to allow {EKS_AUTH_ACTION}"),
            CHANGES,
        )],
        None => Vec::new(),
    }
}

/// Where else a refusal may come from, when the role itself may.
pub fn look_beyond(evidence: &Evidence) -> Remediation {
    let host = evidence.eks_auth_host();
    Remediation::words(
        format!(
            "look where a simulation does not: service control policies and resource control policies of the organization, and the policy of the VPC endpoint for {host}; each has to allow {EKS_AUTH_ACTION}"
        ),
        CHANGES,
    )
}

fn decided_by(simulation: &Simulation) -> String {
    match simulation.matched_policies.as_slice() {
        [] => "the policies of the role".to_owned(),
        policies => policies.join(", "),
    }
}

/// Adds the one right to a role, by name.
pub fn put(evidence: &Evidence, name: &str) -> Remediation {
    let partition =
        evidence.cluster.present().and_then(|cluster| Arn::parse(&cluster.arn)).map_or("aws", |arn| arn.partition);
    let policy = serde_json::json!({
        "Version": "2012-10-17",
        "Statement": [{ "Effect": "Allow", "Action": EKS_AUTH_ACTION, "Resource": "*" }],
    });
    let managed = format!("arn:{partition}:iam::aws:policy/AmazonEKSWorkerNodePolicy");
    Remediation {
        part: Part::Step,
        does: format!("let role {name} call EKS Auth"),
        command: Command::Aws {
            aws: format!(
                "aws iam put-role-policy --role-name {} --policy-name {POLICY} --policy-document {}",
                shell(name),
                shell(&policy.to_string())
            ),
            eksctl: None,
            terraform: Some(format!(
                "resource \"aws_iam_role_policy\" \"{}_eks_auth\" {{\n  name   = {}\n  role   = {}\n  policy = {}\n}}",
                terraform_name(name),
                terraform_string(POLICY),
                terraform_string(name),
                terraform_string(&policy.to_string())
            )),
        },
        changes: format!("adds an inline policy to the role ({managed} allows it too); {CHANGES}"),
    }
}
