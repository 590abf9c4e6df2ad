//! What IAM answers about roles and what they may do.

use jiff::Timestamp;
use serde_json::Value;

use super::authorize::{allows, lists};
use super::call::Call;
use super::refusal::Refusal;
use super::state::{Role, State};
use super::xml::Element;
use crate::percent;

/// Answers a call for an account.
pub fn answer(state: &mut State, call: &Call, account: &str) -> Result<Vec<Element>, Refusal> {
    match call.operation.as_str() {
        "GetRole" => get_role(state, call, account),
        "CreateRole" => create_role(state, call, account),
        "UpdateAssumeRolePolicy" => {
            let document = policy_document(call, "PolicyDocument")?;
            role_mut(state, call, account)?.assume_role_policy_document = document;
            Ok(Vec::new())
        }
        "DeleteRole" => {
            role_mut(state, call, account)?;
            let roles = state.accounts.get_mut(account).map(|account| &mut account.roles);
            roles.and_then(|roles| roles.remove(call.text("RoleName")));
            Ok(Vec::new())
        }
        "ListOpenIDConnectProviders" => Ok(vec![identity_providers(state, call, account)]),
        "GetOpenIDConnectProvider" => identity_provider(state, call, account),
        "GetInstanceProfile" => get_instance_profile(state, call, account),
        "ListRolePolicies" => policies(state, call, account, true),
        "ListAttachedRolePolicies" => policies(state, call, account, false),
        "GetContextKeysForPrincipalPolicy" => context_keys(state, call, account),
        "SimulatePrincipalPolicy" => simulate(state, call, account),
        "SimulateCustomPolicy" => simulate_custom(call),
        _ => Err(Refusal::unknown_operation(call)),
    }
}

fn get_role(state: &State, call: &Call, account: &str) -> Result<Vec<Element>, Refusal> {
    let name = call.text("RoleName");
    let roles = state.accounts.get(account).map(|account| &account.roles);
    let role = roles.and_then(|roles| roles.get(name)).ok_or_else(|| Refusal::no_role(name))?;
    Ok(vec![
        element(name, role, account, &state.partition(account, &call.region))
            .with("MaxSessionDuration", &seconds(role)),
    ])
}

/// One page of the names of a role's policies.
fn policies(state: &State, call: &Call, account: &str, inline: bool) -> Result<Vec<Element>, Refusal> {
    let name = call.text("RoleName");
    let roles = state.accounts.get(account).map(|account| &account.roles);
    let role = roles.and_then(|roles| roles.get(name)).ok_or_else(|| Refusal::no_role(name))?;
    let read_only = || vec!["ReadOnlyAccess".to_owned()];
    let names =
        if inline { role.inline_policies.clone() } else { role.attached_policies.clone().unwrap_or_else(read_only) };
    let length = call.text("MaxItems").parse().unwrap_or(100);
    let members = names.iter().take(length).map(|policy| {
        let member = Element::new("member");
        if inline {
            return member.text(policy);
        }
        let partition = state.partition(account, &call.region);
        member.with("PolicyName", policy).with("PolicyArn", &format!("arn:{partition}:iam::{account}:policy/{policy}"))
    });
    let list = Element::new(if inline { "PolicyNames" } else { "AttachedPolicies" }).containing(members);
    let rest = if names.len() > length { "true" } else { "false" };
    Ok(vec![Element::new("IsTruncated").text(rest), list])
}

fn context_keys(state: &State, call: &Call, account: &str) -> Result<Vec<Element>, Refusal> {
    let name = call.text("PolicySourceArn").rsplit('/').next().unwrap_or_default();
    let roles = state.accounts.get(account).map(|account| &account.roles);
    let role = roles.and_then(|roles| roles.get(name)).ok_or_else(|| Refusal::no_role(name))?;
    let members = role.context_keys.iter().map(|key| Element::new("member").text(key));
    Ok(vec![Element::new("ContextKeyNames").containing(members)])
}

fn identity_providers(state: &State, call: &Call, account: &str) -> Element {
    let partition = state.partition(account, &call.region);
    let issuers = state.accounts.get(account).map(|account| account.identity_providers.as_slice()).unwrap_or_default();
    let arn = |issuer: &String| format!("arn:{partition}:iam::{account}:oidc-provider/{issuer}");
    let members = issuers.iter().map(|issuer| Element::new("member").with("Arn", &arn(issuer)));
    Element::new("OpenIDConnectProviderList").containing(members)
}

/// The settings of a provider: each accepts tokens for STS, unless the account says otherwise.
fn identity_provider(state: &State, call: &Call, account: &str) -> Result<Vec<Element>, Refusal> {
    let arn = call.text("OpenIDConnectProviderArn");
    let issuer = arn.split_once(":oidc-provider/").map(|(_, issuer)| issuer).unwrap_or_default();
    let own = state.accounts.get(account);
    let missing = || Refusal::new(404, "NoSuchEntity", format!("OpenIDConnect Provider not found for arn {arn}"));
    own.filter(|own| own.identity_providers.iter().any(|one| one == issuer)).ok_or_else(missing)?;
    let audiences = own.and_then(|own| own.audiences.clone()).unwrap_or_else(|| vec!["sts.amazonaws.com".to_owned()]);
    let members = audiences.iter().map(|audience| Element::new("member").text(audience));
    Ok(vec![Element::new("Url").text(issuer), Element::new("ClientIDList").containing(members)])
}

fn create_role(state: &mut State, call: &Call, account: &str) -> Result<Vec<Element>, Refusal> {
    let name = call.text("RoleName").to_owned();
    let given = |parameter: &str| Some(call.text(parameter).to_owned()).filter(|text| !text.is_empty());
    let role = Role {
        assume_role_policy_document: policy_document(call, "AssumeRolePolicyDocument")?,
        path: given("Path"),
        create_date: Some(Timestamp::now()),
        max_session_duration: given("MaxSessionDuration").and_then(|text| text.parse().ok()),
        ..Role::default()
    };
    let partition = state.partition(account, &call.region);
    let roles = &mut state.accounts.entry(account.to_owned()).or_default().roles;
    if roles.contains_key(&name) {
        return Err(Refusal::new(409, "EntityAlreadyExists", format!("Role with name {name} already exists.")));
    }
    let created = element(&name, &role, account, &partition);
    roles.insert(name, role);
    Ok(vec![created])
}

/// Says for each action and resource what the role's lists say; a principal that is no role may do everything.
fn simulate(state: &State, call: &Call, account: &str) -> Result<Vec<Element>, Refusal> {
    let principal = call.text("PolicySourceArn");
    let role = principal.split_once(":role/").map(|(_, path)| path.rsplit('/').next().unwrap_or(path));
    let roles = state.accounts.get(account).map(|account| &account.roles);
    let found = match role {
        Some(name) => Some(roles.and_then(|roles| roles.get(name)).ok_or_else(|| Refusal::no_role(name))?),
        None => None,
    };
    let resources =
        Some(call.members("ResourceArns")).filter(|given| !given.is_empty()).unwrap_or_else(|| vec!["*".into()]);
    let mut results = Element::new("EvaluationResults");
    for action in call.members("ActionNames") {
        for resource in &resources {
            let result = Element::new("member").with("EvalActionName", &action).with("EvalResourceName", resource);
            let result = result.with("EvalDecision", decision(found, &action)).containing(details(found, &action));
            results = results.containing([result]);
        }
    }
    Ok(vec![Element::new("IsTruncated").text("false"), results])
}

/// Says for each action and resource what the first policy that was given says: actions and effects only.
fn simulate_custom(call: &Call) -> Result<Vec<Element>, Refusal> {
    let invalid = || Refusal::new(400, "InvalidInput", "Invalid policy".to_owned());
    let policy = call.members("PolicyInputList").into_iter().next().ok_or_else(invalid)?;
    let policy: Value = serde_json::from_str(&policy).map_err(|_no_json| invalid())?;
    let statements = match &policy["Statement"] {
        Value::Array(all) => all.clone(),
        one => vec![one.clone()],
    };
    let names = |statement: &Value| -> Vec<String> {
        let all = statement["Action"].as_array().cloned().unwrap_or_else(|| vec![statement["Action"].clone()]);
        all.iter().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let says =
        |effect: &str, action: &str| statements.iter().any(|one| one["Effect"] == effect && lists(&names(one), action));
    let mut results = Element::new("EvaluationResults");
    for action in call.members("ActionNames") {
        let decision = match (says("Deny", &action), says("Allow", &action)) {
            (true, _) => "explicitDeny",
            (false, true) => "allowed",
            (false, false) => "implicitDeny",
        };
        for resource in call.members("ResourceArns") {
            let result = Element::new("member").with("EvalActionName", &action).with("EvalResourceName", &resource);
            results = results.containing([result.with("EvalDecision", decision)]);
        }
    }
    Ok(vec![Element::new("IsTruncated").text("false"), results])
}

fn decision(role: Option<&Role>, action: &str) -> &'static str {
    match role {
        Some(role) if lists(&role.denied_actions, action) => "explicitDeny",
        Some(role) if !allows(role.allowed_actions.as_deref(), action) => "implicitDeny",
        Some(role) if !allows(role.boundary_actions.as_deref(), action) => "implicitDeny",
        _ => "allowed",
    }
}

/// What stands beside a decision: the statements that matched, the keys that were missing, what the boundary says.
fn details(role: Option<&Role>, action: &str) -> Vec<Element> {
    let missing = role.map(|role| role.missing_context_values.as_slice()).unwrap_or_default();
    let missing = missing.iter().map(|key| Element::new("member").text(key));
    let policy =
        role.and_then(|role| role.matched_policy.as_deref()).filter(|_| decision(role, action) != "implicitDeny");
    let matched = Element::new("MatchedStatements").containing(policy.map(|policy| {
        Element::new("member")
            .with("SourcePolicyId", policy)
            .with("SourcePolicyType", "IAM Policy")
            .containing([Element::new("StartPosition").with("Line", "3").with("Column", "17")])
    }));
    let mut details = vec![matched, Element::new("MissingContextValues").containing(missing)];
    if let Some(boundary) = role.and_then(|role| role.boundary_actions.as_deref()) {
        let allowed = if lists(boundary, action) { "true" } else { "false" };
        let detail = Element::new("PermissionsBoundaryDecisionDetail").with("AllowedByPermissionsBoundary", allowed);
        details.push(detail);
    }
    details
}

fn get_instance_profile(state: &State, call: &Call, account: &str) -> Result<Vec<Element>, Refusal> {
    let name = call.text("InstanceProfileName");
    let own = state.accounts.get(account);
    let missing = || Refusal::new(404, "NoSuchEntity", format!("Instance Profile {name} cannot be found."));
    let names = own.and_then(|own| own.instance_profiles.get(name)).ok_or_else(missing)?;
    let partition = state.partition(account, &call.region);
    let roles = names.iter().filter_map(|role| Some((role, own?.roles.get(role)?)));
    let roles = roles.map(|(name, role)| element(name, role, account, &partition).renamed("member"));
    let profile = Element::new("InstanceProfile")
        .with("Path", "/")
        .with("InstanceProfileName", name)
        .with("InstanceProfileId", "AIPAEXAMPLE")
        .with("Arn", &format!("arn:{partition}:iam::{account}:instance-profile/{name}"))
        .with("CreateDate", "2024-01-01T00:00:00Z")
        .containing([Element::new("Roles").containing(roles)]);
    Ok(vec![profile])
}

fn role_mut<'a>(state: &'a mut State, call: &Call, account: &str) -> Result<&'a mut Role, Refusal> {
    let name = call.text("RoleName");
    let roles = state.accounts.get_mut(account).map(|account| &mut account.roles);
    roles.and_then(|roles| roles.get_mut(name)).ok_or_else(|| Refusal::no_role(name))
}

/// IAM takes any JSON object with a statement here, and refuses what is no JSON.
fn policy_document(call: &Call, parameter: &str) -> Result<Value, Refusal> {
    let document: Option<Value> = serde_json::from_str(call.text(parameter)).ok();
    let policy = document.filter(|document| document.get("Statement").is_some());
    policy.ok_or_else(|| Refusal::new(400, "MalformedPolicyDocument", "This policy contains invalid Json"))
}

fn element(name: &str, role: &Role, account: &str, partition: &str) -> Element {
    let path = role.path.as_deref().unwrap_or("/");
    let made = role
        .create_date
        .map_or_else(|| "2024-01-01T00:00:00Z".to_owned(), |time| time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
    let document = match &role.assume_role_policy_document {
        Value::String(text) => text.clone(),
        document => document.to_string(),
    };
    let tag = |(key, value): (&String, &String)| Element::new("member").with("Key", key).with("Value", value);
    let tags = (!role.tags.is_empty()).then(|| Element::new("Tags").containing(role.tags.iter().map(tag)));
    Element::new("Role")
        .with("Path", path)
        .with("RoleName", name)
        .with("RoleId", role.role_id.as_deref().unwrap_or("AROAEXAMPLE"))
        .with("Arn", &format!("arn:{partition}:iam::{account}:role{path}{name}"))
        .with("CreateDate", &made)
        .with("AssumeRolePolicyDocument", &percent::encode(&document))
        .containing(tags)
}

fn seconds(role: &Role) -> String {
    role.max_session_duration.unwrap_or(3600).to_string()
}
