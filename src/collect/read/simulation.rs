//! Simulations of IAM: what the policies of a role allow, and what a policy by itself allows.

use futures::StreamExt as _;
use futures::stream;

use aws_sdk_iam::operation::simulate_principal_policy::SimulatePrincipalPolicyError;
use aws_sdk_iam::types::{ContextEntry, ContextKeyTypeEnum, EvaluationResult, Statement};

use crate::collect::Run;
use crate::collect::access::clients::{AwsClients, classify_aws_error};
use crate::collect::gap;
use crate::collect::plan::{ALWAYS, BEYOND_READING, Planned};
use crate::collect::read::iam::name_in_own_account;
use crate::evidence::aws::simulation::{MatchedStatement, SimulatedRight};
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
    let rights = Rights { role_arn: asked.role_arn, session_policy: None, context: &[], asked: &[] };
    let actions: Vec<String> = actions.iter().map(|action| (*action).to_owned()).collect();
    match of_role(clients, source, caller, rights, asked.resource, &actions).await {
        Reading::Known(results) if results.len() != actions.len() => {
            let detail = "it does not hold a result for each action";
            Reading::Unavailable(Gap::new(source, GapReason::Malformed, detail))
        }
        results => results,
    }
}

fn simulation_of(source: Source, role_arn: &str, result: EvaluationResult) -> Result<Simulation, Gap> {
    let decision = result.eval_decision.as_str().to_owned();
    if !["allowed", "implicitDeny", "explicitDeny"].contains(&decision.as_str()) {
        let detail = format!("the decision {decision} is not known here");
        return Err(Gap::new(source, GapReason::Malformed, detail));
    }
    // Where a resource is named, keys may be missing of it alone.
    let of_resources = result.resource_specific_results.unwrap_or_default().into_iter();
    let of_resources = of_resources.flat_map(|one| one.missing_context_values.unwrap_or_default());
    let mut missing: Vec<String> =
        result.missing_context_values.unwrap_or_default().into_iter().chain(of_resources).collect();
    missing.sort_unstable();
    missing.dedup();
    let matched = result.matched_statements.unwrap_or_default();
    let matched: Vec<MatchedStatement> = matched.into_iter().filter_map(statement).collect();
    Ok(Simulation {
        policy_source_arn: role_arn.to_owned(),
        eval_action_name: result.eval_action_name,
        eval_resource_name: result.eval_resource_name,
        eval_decision: decision,
        matched_policies: matched.iter().map(|one| one.source_policy_id.clone()).collect(),
        matched_statements: matched,
        missing_context_values: missing,
        allowed_by_permissions_boundary: result
            .permissions_boundary_decision_detail
            .map(|detail| detail.allowed_by_permissions_boundary),
        allowed_by_organizations: result.organizations_decision_detail.map(|detail| detail.allowed_by_organizations),
    })
}

fn statement(statement: Statement) -> Option<MatchedStatement> {
    let start = statement.start_position;
    Some(MatchedStatement {
        source_policy_id: statement.source_policy_id?,
        source_policy_type: statement.source_policy_type.map(|kind| kind.as_str().to_owned()),
        line: start.as_ref().map(|start| start.line),
        column: start.as_ref().map(|start| start.column),
    })
}

/// What is asked of the rights of a role.
#[derive(Debug, Clone, Copy)]
pub struct Rights<'a> {
    /// The ARN of the role, with its path.
    pub role_arn: &'a str,
    /// The session policy that narrows them, as JSON text.
    pub session_policy: Option<&'a str>,
    /// Condition keys with their values.
    pub context: &'a [(String, Vec<String>)],
    /// Actions with the ARN of the resource each is about, or `*`.
    pub asked: &'a [(String, String)],
}

/// How many actions one request asks for, and how many requests are made at a time: IAM throttles an account.
const ACTIONS: usize = 100;
const AT_A_TIME: usize = 4;

/// Simulates actions, those on one resource together. In the order in which they were asked.
pub async fn rights(
    clients: &AwsClients,
    caller: &Reading<CallerIdentity>,
    rights: Rights<'_>,
    run: Run,
) -> Vec<SimulatedRight> {
    let mut resources: Vec<&str> = rights.asked.iter().map(|(_, resource)| resource.as_str()).collect();
    resources.sort_unstable();
    resources.dedup();
    let of = |resource: &str| -> Vec<String> {
        let own = rights.asked.iter().filter(|(_, one)| one == resource);
        let mut actions: Vec<String> = own.map(|(action, _)| action.clone()).collect();
        actions.sort_unstable();
        actions.dedup();
        actions
    };
    let batches: Vec<(&str, Vec<String>)> = resources
        .iter()
        .flat_map(|resource| of(resource).chunks(ACTIONS).map(|some| (*resource, some.to_vec())).collect::<Vec<_>>())
        .collect();
    let ask = |(resource, actions): (&str, Vec<String>)| {
        let resource = resource.to_owned();
        async move {
            let of_role = run.ask(SOURCE, of_role(clients, SOURCE, caller, rights, &resource, &actions)).await;
            let of_session = match rights.session_policy {
                Some(policy) => {
                    let asked = of_policy(clients, policy, rights.context, &resource, &actions);
                    Some(run.ask(SOURCE, asked).await)
                }
                None => None,
            };
            (resource, of_role, of_session)
        }
    };
    let answers: Vec<_> = stream::iter(batches.into_iter().map(ask)).buffer_unordered(AT_A_TIME).collect().await;
    let find = |(action, resource): &(String, String), is_session: bool| {
        let mut gap = None;
        for (_, of_role, of_session) in answers.iter().filter(|(own, ..)| own == resource) {
            let results = if is_session { of_session.as_ref()? } else { of_role };
            match results {
                Reading::Known(all) => {
                    let same = |one: &&Simulation| one.eval_action_name.eq_ignore_ascii_case(action);
                    if let Some(found) = all.iter().find(same) {
                        return Some(Reading::Known(found.clone()));
                    }
                }
                Reading::Unavailable(one) => gap = Some(one.clone()),
            }
        }
        let lacking = || Gap::new(SOURCE, GapReason::Malformed, format!("it holds no result for {action}"));
        Some(Reading::Unavailable(gap.unwrap_or_else(lacking)))
    };
    let simulated = |one: &(String, String)| SimulatedRight {
        action: one.0.clone(),
        resource: one.1.clone(),
        role: find(one, false).unwrap_or_else(|| Reading::Unavailable(Gap::not_requested(SOURCE, "it was not asked"))),
        session: rights.session_policy.and_then(|_| find(one, true)),
    };
    rights.asked.iter().map(simulated).collect()
}

/// Where simulations of rights stand among the sources.
const SOURCE: Source = Source::NodeRoleSimulation;

/// The types of condition keys that are no text (IAM user guide, "AWS global condition context keys").
const TYPES: &[(&str, ContextKeyTypeEnum)] = &[
    ("aws:sourceip", ContextKeyTypeEnum::Ip),
    ("aws:vpcsourceip", ContextKeyTypeEnum::Ip),
    ("aws:currenttime", ContextKeyTypeEnum::Date),
    ("aws:tokenissuetime", ContextKeyTypeEnum::Date),
    ("aws:epochtime", ContextKeyTypeEnum::Numeric),
    ("aws:multifactorauthage", ContextKeyTypeEnum::Numeric),
    ("aws:securetransport", ContextKeyTypeEnum::Boolean),
    ("aws:multifactorauthpresent", ContextKeyTypeEnum::Boolean),
    ("aws:principalisawsservice", ContextKeyTypeEnum::Boolean),
    ("aws:viaawsservice", ContextKeyTypeEnum::Boolean),
    ("aws:tagkeys", ContextKeyTypeEnum::StringList),
    ("aws:principalorgpaths", ContextKeyTypeEnum::StringList),
    ("aws:calledvia", ContextKeyTypeEnum::StringList),
];

fn entries(context: &[(String, Vec<String>)]) -> Vec<ContextEntry> {
    let entry = |(key, values): &(String, Vec<String>)| {
        let known = TYPES.iter().find(|(name, _)| key.eq_ignore_ascii_case(name)).map(|(_, kind)| kind.clone());
        let text = if values.len() == 1 { ContextKeyTypeEnum::String } else { ContextKeyTypeEnum::StringList };
        ContextEntry::builder()
            .context_key_name(key)
            .context_key_type(known.unwrap_or(text))
            .set_context_key_values(Some(values.clone()))
            .build()
    };
    context.iter().map(entry).collect()
}

/// What the policies of the role say, with its boundary and what is seen of the organization's.
async fn of_role(
    clients: &AwsClients,
    source: Source,
    caller: &Reading<CallerIdentity>,
    rights: Rights<'_>,
    resource: &str,
    actions: &[String],
) -> Reading<Vec<Simulation>> {
    if let Err(gap) = name_in_own_account(source, caller, rights.role_arn) {
        return Reading::Unavailable(gap);
    }
    let call = clients.iam.simulate_principal_policy().policy_source_arn(rights.role_arn).resource_arns(resource);
    let call = call.set_action_names(Some(actions.to_vec())).set_context_entries(Some(entries(rights.context)));
    let mut pages = call.into_paginator().items().send();
    let mut all = Vec::new();
    while let Some(result) = pages.next().await {
        match result {
            Ok(result) => match simulation_of(source, rights.role_arn, result) {
                Ok(simulation) => all.push(simulation),
                Err(gap) => return Reading::Unavailable(gap),
            },
            Err(error) => {
                let is_missing =
                    error.as_service_error().is_some_and(SimulatePrincipalPolicyError::is_no_such_entity_exception);
                if is_missing {
                    let detail = format!("IAM knows no role {}", rights.role_arn);
                    return Reading::Unavailable(Gap::new(source, GapReason::Insufficient, detail));
                }
                return Reading::Unavailable(gap::of_aws(source, &classify_aws_error(&error)));
            }
        }
    }
    Reading::Known(all)
}

/// What a policy by itself says.
async fn of_policy(
    clients: &AwsClients,
    policy: &str,
    context: &[(String, Vec<String>)],
    resource: &str,
    actions: &[String],
) -> Reading<Vec<Simulation>> {
    let call = clients.iam.simulate_custom_policy().policy_input_list(policy).resource_arns(resource);
    let call = call.set_action_names(Some(actions.to_vec())).set_context_entries(Some(entries(context)));
    let mut pages = call.into_paginator().items().send();
    let mut all = Vec::new();
    while let Some(result) = pages.next().await {
        match result.map(|result| simulation_of(SOURCE, "", result)) {
            Ok(Ok(simulation)) => all.push(simulation),
            Ok(Err(gap)) => return Reading::Unavailable(gap),
            Err(error) => return Reading::Unavailable(gap::of_aws(SOURCE, &classify_aws_error(&error))),
        }
    }
    Reading::Known(all)
}

/// Lists the simulations of what a role may do.
pub fn plan(rights: &[(String, String)]) -> Vec<Planned> {
    let mut resources: Vec<&str> = rights.iter().map(|(_, resource)| resource.as_str()).collect();
    resources.sort_unstable();
    resources.dedup();
    let of = |resource: &str| {
        let actions: Vec<&str> =
            rights.iter().filter(|(_, one)| one == resource).map(|(action, _)| action.as_str()).collect();
        let parameters = format!("actionNames={} resourceArns={resource}", actions.join(","));
        let simulation = |action: &str, of: &str, when| Planned {
            wave: BEYOND_READING - 1,
            request: format!("{action} {of} {parameters}"),
            permission: Some(action.to_owned()),
            when,
        };
        let narrowed = Some("if the association has a session policy");
        [
            simulation("iam:SimulatePrincipalPolicy", "policySourceArn=ROLE", ALWAYS),
            simulation("iam:SimulateCustomPolicy", "policyInputList=POLICY", narrowed),
        ]
    };
    resources.into_iter().flat_map(of).collect()
}
