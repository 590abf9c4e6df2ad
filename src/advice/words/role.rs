//! Words about the roles beside the associated one: the target role and the node's.

use super::trust::{found, statement, summary, wanted};
use crate::advice;
use crate::evidence::aws::role::Arn;
use crate::evidence::aws::simulation::Denial;
use crate::evidence::{Association, Evidence, Role, Simulation, Source};
use crate::findings::{Finding, Remediation};
use crate::reasoning::iam::questions::trusted;
use crate::reasoning::iam::{Document, Evaluation, StatementVerdict};
use crate::reasoning::role::managing_tool::Managed;
use crate::reasoning::role::node_role::EKS_AUTH_ACTION;

/// Tells of a denial; `None` where the action is allowed.
pub fn node_role_denied(evidence: &Evidence, simulation: &Simulation) -> Option<Finding> {
    let denial = simulation.denial()?;
    let name = node_role_name(&simulation.policy_source_arn);
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
pub fn node_role_name(role_arn: &str) -> &str {
    Arn::parse(role_arn).and_then(|arn| arn.role_name()).unwrap_or(role_arn)
}

/// The name of a role.
pub fn target_name(arn: &str) -> &str {
    Arn::parse(arn).and_then(|arn| arn.role_name()).unwrap_or(arn)
}

/// What the trust policy of a target role in another account must allow, to be looked at by hand.
pub fn to_look_at(association: &Association) -> String {
    let actions = association.target_actions().join(" and ");
    let id = association.external_id.as_ref().map(|id| format!(" with sts:ExternalId {id}")).unwrap_or_default();
    format!("its trust policy must allow {actions} to {}{id}", association.role_arn)
}

/// There is no such role.
pub fn missing(association: &Association, target: &str) -> Finding {
    Finding::error(format!("the target role {} does not exist", target_name(target)))
        .observed(Source::Association, "targetRoleArn", target)
        .observed(Source::TargetRole, "Role", "NoSuchEntity")
        .found(format!("no role {}", target_name(target)))
        .expected(target)
        .fix(advice::target_role::create(association, target))
        .fix(
            Remediation::words(
                "name the target role that is meant in the association",
                "new credentials are then for that role",
            )
            .or(),
        )
}

/// The role of that name has another ARN.
pub fn another_path(evidence: &Evidence, association: &Association, target: &str, actual: &str) -> Finding {
    Finding::error(format!("the association names another ARN than the one target role {} has", target_name(target)))
        .observed(Source::Association, "targetRoleArn", target)
        .observed(Source::TargetRole, "Arn", actual)
        .found(target)
        .expected(actual)
        .fix(advice::target_role::use_target(evidence, association, actual))
}

/// A statement of its trust policy denies the step.
pub fn target_denied(role: &Role, evaluation: &Evaluation) -> Finding {
    let statements: Vec<String> = evaluation.deciding().into_iter().map(statement).collect();
    let statements = statements.join(" and ");
    Finding::error(format!("the trust policy of target role {} denies the associated role", role.role_name))
        .found(format!("{statements} denies what the associated role asks"))
        .expected("no Deny that matches")
        .fix(Remediation::words(
            format!("narrow {statements} in the trust policy of role {}, or take it away", role.role_name),
            "everything else that statement blocks is then allowed",
        ))
}

/// Its conditions exclude the associated role.
pub fn ruled_out(role: &Role, statements: &[StatementVerdict]) -> Finding {
    let finding =
        Finding::error(format!("the trust conditions of target role {} exclude the associated role", role.role_name));
    let Some(nearest) = statements.iter().min_by_key(|one| one.outcome.clauses().len()) else { return finding };
    let finding = finding.found(found(nearest)).expected(wanted(nearest));
    nearest.outcome.clauses().iter().fold(finding, |finding, clause| {
        finding.observed(Source::TargetRole, &clause.place, clause.wanted.join(" or "))
    })
}

/// It does not name the associated role, or not with this action.
pub fn not_trusted(association: &Association, role: &Role, document: &Document, action: &str) -> Finding {
    let source = target_name(&association.role_arn);
    let message = format!("the target role {} does not let role {source} do {action}", role.role_name);
    Finding::error(message)
        .observed(Source::TargetRole, "Arn", &role.arn)
        .found(summary(&trusted(document)))
        .expected(format!("an Allow of {action} for {}", association.role_arn))
}

/// The associated role's own policies do not allow the step.
pub fn not_allowed(association: &Association, target: &str, result: &Simulation, denial: Denial) -> Finding {
    let (source, action) = (target_name(&association.role_arn), &result.eval_action_name);
    let message = match denial {
        Denial::Explicit => {
            format!("a policy of role {source} denies it {action} on the target role {}", target_name(target))
        }
        Denial::Boundary => {
            format!("the permissions boundary of role {source} leaves the target role {} out", target_name(target))
        }
        Denial::Organization => {
            format!("a service control policy keeps role {source} from the target role {}", target_name(target))
        }
        Denial::Implicit => {
            format!("no policy of role {source} lets it do {action} on the target role {}", target_name(target))
        }
    };
    let finding = Finding::error(message)
        .observed(Source::TargetRoleSimulation, format!("{action} on {target}"), &result.eval_decision)
        .found(format!("{action} {}", result.eval_decision))
        .expected(format!("{action} allowed on {target}"));
    if denial == Denial::Implicit {
        return finding.fix(advice::target_role::allow_target(association, target));
    }
    let by = if result.matched_policies.is_empty() {
        String::new()
    } else {
        format!(" in {}", result.matched_policies.join(", "))
    };
    finding.fix(Remediation::words(
        format!("change what denies {action}{by}"),
        "everything else it blocks is then allowed",
    ))
}

/// What becomes of a change beside the tool that manages what is changed, to follow other words about the change.
pub fn undone_by<M: Managed>(thing: Option<&M>, what: &str) -> String {
    match thing.and_then(Managed::manager) {
        Some(manager) => format!("; {manager} manages the {what} and may undo this, so make the change there"),
        None => String::new(),
    }
}
