//! What a role may do, by IAM's own policy simulation.

use aws_sdk_iam::operation::simulate_principal_policy::SimulatePrincipalPolicyError;
use aws_sdk_iam::types::EvaluationResult;

use crate::collect::access::clients::{AwsClients, classify_aws_error};
use crate::collect::gap;
use crate::evidence::aws::arn::Arn;
use crate::evidence::{CallerIdentity, Gap, GapReason, Reading, Simulation, Source};

/// What is simulated.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The ARN of the role, with its path.
    pub role_arn: &'a str,
    /// `service:Action`.
    pub action: &'a str,
    /// The ARN of what the action is about.
    pub resource: &'a str,
}

/// Simulates one action of a role, unless the role is in another account than the credentials.
pub async fn simulate(
    clients: &AwsClients,
    source: Source,
    caller: &Reading<CallerIdentity>,
    asked: Asked<'_>,
) -> Reading<Simulation> {
    match simulate_each(clients, source, caller, asked, &[asked.action]).await {
        Reading::Known(results) => match results.into_iter().next() {
            Some(result) => Reading::Known(result),
            None => Reading::Unavailable(Gap::new(source, GapReason::Malformed, "it holds no result")),
        },
        Reading::Unavailable(gap) => Reading::Unavailable(gap),
    }
}

/// Simulates several actions of a role on one resource, in one request; there is one result for each.
pub async fn simulate_each(
    clients: &AwsClients,
    source: Source,
    caller: &Reading<CallerIdentity>,
    asked: Asked<'_>,
    actions: &[&str],
) -> Reading<Vec<Simulation>> {
    let gap = |reason, detail: String| Reading::Unavailable(Gap::new(source, reason, detail));
    let caller = match caller.get() {
        Ok(caller) => caller,
        Err(earlier) => return Reading::Unavailable(Gap::blocked_by(source, &earlier)),
    };
    let Some(arn) = Arn::parse(asked.role_arn) else {
        return gap(GapReason::Malformed, format!("{} is not an ARN", asked.role_arn));
    };
    if arn.account != caller.account {
        let (role, own) = (arn.account, &caller.account);
        let detail = format!("the role is in account {role}, the credentials are of account {own}");
        return gap(GapReason::WrongAccount, detail);
    }
    let call = clients.iam.simulate_principal_policy().policy_source_arn(asked.role_arn).resource_arns(asked.resource);
    let names = actions.iter().map(|action| (*action).to_owned()).collect();
    match call.set_action_names(Some(names)).send().await {
        Ok(answer) => {
            let results = answer.evaluation_results.unwrap_or_default();
            if results.len() != actions.len() {
                return gap(GapReason::Malformed, "it does not hold a result for each action".to_owned());
            }
            let results: Result<Vec<_>, Gap> = results.into_iter().map(|one| read(source, asked, one)).collect();
            results.map_or_else(Reading::Unavailable, Reading::Known)
        }
        Err(error) => {
            let missing =
                error.as_service_error().is_some_and(SimulatePrincipalPolicyError::is_no_such_entity_exception);
            if missing {
                return gap(GapReason::Insufficient, format!("IAM knows no role {}", asked.role_arn));
            }
            Reading::Unavailable(gap::of_aws(source, &classify_aws_error(&error)))
        }
    }
}

fn read(source: Source, asked: Asked<'_>, result: EvaluationResult) -> Result<Simulation, Gap> {
    let decision = result.eval_decision.as_str().to_owned();
    if !["allowed", "implicitDeny", "explicitDeny"].contains(&decision.as_str()) {
        let detail = format!("the decision {decision} is not known here");
        return Err(Gap::new(source, GapReason::Malformed, detail));
    }
    let matched = result.matched_statements.unwrap_or_default().into_iter();
    Ok(Simulation {
        policy_source_arn: asked.role_arn.to_owned(),
        eval_action_name: result.eval_action_name,
        eval_resource_name: result.eval_resource_name,
        eval_decision: decision,
        matched_policies: matched.filter_map(|statement| statement.source_policy_id).collect(),
        missing_context_values: result.missing_context_values.unwrap_or_default(),
        allowed_by_permissions_boundary: result
            .permissions_boundary_decision_detail
            .map(|detail| detail.allowed_by_permissions_boundary),
        allowed_by_organizations: result.organizations_decision_detail.map(|detail| detail.allowed_by_organizations),
    })
}
