//! How a simulated denial of the node's role is told: who denies, and what the simulation does not see.

use crate::evidence::aws::arn::Arn;
use crate::evidence::aws::simulation::Denial;
use crate::evidence::{Evidence, Simulation, Source};
use crate::findings::Finding;
use crate::reasoning::role::node_role::EKS_AUTH_ACTION;

/// Tells of a denial; `None` where the action is allowed.
pub fn denied(evidence: &Evidence, simulation: &Simulation) -> Option<Finding> {
    let denial = simulation.denial()?;
    let name = name(&simulation.policy_source_arn);
    let (message, found) = match denial {
        Denial::Explicit => {
            (format!("a policy denies the node's role {name} the call of EKS Auth"), "a statement that denies it")
        }
        Denial::Boundary => (
            format!("the permissions boundary of the node's role {name} leaves EKS Auth out"),
            "a permissions boundary that does not allow it",
        ),
        Denial::Organization => (
            format!("a service control policy keeps the node's role {name} from EKS Auth"),
            "service control policies that do not allow it",
        ),
        Denial::Implicit => {
            (format!("no policy lets the node's role {name} call EKS Auth"), "no policy that allows it")
        }
    };
    let source = Source::NodeRoleSimulation;
    let told_by = evidence.node_role().map_or(source, |(_, told_by)| told_by);
    let mut finding = Finding::error(message)
        .observed(told_by, "role of the node", &simulation.policy_source_arn)
        .observed(source, EKS_AUTH_ACTION, &simulation.eval_decision)
        .found(found)
        .expected(format!("a role that may call {EKS_AUTH_ACTION}"));
    if !simulation.matched_policies.is_empty() {
        finding = finding.observed(source, "decided by", simulation.matched_policies.join(", "));
    }
    if simulation.missing_context_values.is_empty() {
        return Some(finding);
    }
    // With a condition that could not be evaluated the real call may go another way.
    let keys = simulation.missing_context_values.join(", ");
    Some(finding.observed(source, "conditions that the simulation was not given", keys).suspected())
}

/// The name of a role.
pub fn name(role_arn: &str) -> &str {
    Arn::parse(role_arn).and_then(|arn| arn.role_name()).unwrap_or(role_arn)
}
