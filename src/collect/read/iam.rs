//! Reads of IAM and STS: roles, identity providers, the caller.

use aws_sdk_iam::operation::get_open_id_connect_provider::GetOpenIDConnectProviderError;
use aws_sdk_iam::operation::get_role::GetRoleError;
use aws_sdk_iam::operation::list_attached_role_policies::ListAttachedRolePoliciesError;
use aws_sdk_iam::operation::list_role_policies::ListRolePoliciesError;
use percent_encoding::percent_decode_str;
use serde_json::Value;

use crate::collect::access::clients::{AwsClients, AwsError, classify_aws_error};
use crate::collect::gap;
use crate::evidence::aws::cluster::{IdentityProvider, IdentityProviders};
use crate::evidence::aws::role::of_tools;
use crate::evidence::aws::role::{Arn, PermissionsBoundary};
use crate::evidence::{
    CallerIdentity, ContextKeys, Gap, GapReason, PolicyNames, ProviderSettings, Reading, Role, Source,
};

/// Reads a role, unless it is in another account than the credentials: IAM takes names, and a role of the same name there
/// must never be judged.
pub async fn role(
    clients: &AwsClients,
    source: Source,
    caller: &Reading<CallerIdentity>,
    role_arn: &str,
) -> Reading<Option<Role>> {
    let name = match name_in_own_account(source, caller, role_arn) {
        Ok(name) => name,
        Err(gap) => return Reading::Unavailable(gap),
    };
    match clients.iam.get_role().role_name(name).send().await {
        Ok(answer) => match answer.role {
            Some(role) if role.arn.is_empty() || role.role_name.is_empty() => {
                gap::malformed(source, "it holds a role without its name or ARN")
            }
            Some(role) => Reading::Known(Some(role_of(role))),
            None => gap::malformed(source, "it holds no role"),
        },
        Err(error) => {
            let missing = error.as_service_error().is_some_and(GetRoleError::is_no_such_entity_exception);
            absent_or_gap(source, missing, name, &classify_aws_error(&error))
        }
    }
}

/// The name of a role, if IAM may be asked for it with these credentials.
pub fn name_in_own_account<'r>(
    source: Source,
    caller: &Reading<CallerIdentity>,
    role_arn: &'r str,
) -> Result<&'r str, Gap> {
    let caller = caller.get().map_err(|gap| Gap::blocked_by(source, &gap))?;
    let malformed = |detail: String| Gap::new(source, GapReason::Malformed, detail);
    let arn = Arn::parse(role_arn).ok_or_else(|| malformed(format!("{role_arn} is not an ARN")))?;
    let name = arn.role_name().ok_or_else(|| malformed(format!("{role_arn} is not the ARN of a role")))?;
    if arn.account == caller.account {
        return Ok(name);
    }
    let detail = format!("the role is in account {}, the credentials are of account {}", arn.account, caller.account);
    Err(Gap::new(source, GapReason::WrongAccount, detail))
}

/// Reads the identity providers of the account, if it is the account of the role that is to trust one of them.
pub async fn identity_providers(
    clients: &AwsClients,
    caller: &Reading<CallerIdentity>,
    role_arn: &str,
) -> Reading<IdentityProviders> {
    let source = Source::IdentityProviders;
    if let Err(gap) = name_in_own_account(source, caller, role_arn) {
        return Reading::Unavailable(gap);
    }
    match clients.iam.list_open_id_connect_providers().send().await {
        Ok(answer) => match answer.open_id_connect_provider_list {
            Some(list) => {
                let list = list.into_iter().map(|one| IdentityProvider { arn: one.arn.unwrap_or_default() });
                Reading::Known(IdentityProviders { list: list.collect() })
            }
            // IAM sends an empty list for none: something else has answered.
            None => gap::malformed(source, "it holds no list"),
        },
        Err(error) => Reading::Unavailable(gap::of_aws(source, &classify_aws_error(&error))),
    }
}

/// Reads the settings of one identity provider.
pub async fn identity_provider(clients: &AwsClients, provider_arn: &str) -> Reading<Option<ProviderSettings>> {
    let source = Source::IdentityProvider;
    match clients.iam.get_open_id_connect_provider().open_id_connect_provider_arn(provider_arn).send().await {
        Ok(answer) => match answer.client_id_list {
            Some(client_id_list) => Reading::Known(Some(ProviderSettings { client_id_list })),
            None => gap::malformed(source, "it holds no audiences"),
        },
        Err(error) => {
            let missing =
                error.as_service_error().is_some_and(GetOpenIDConnectProviderError::is_no_such_entity_exception);
            absent_or_gap(source, missing, provider_arn, &classify_aws_error(&error))
        }
    }
}

/// Reads which condition keys the policies of a role mention, in one request for all of them.
pub async fn context_keys(
    clients: &AwsClients,
    caller: &Reading<CallerIdentity>,
    role_arn: &str,
) -> Reading<ContextKeys> {
    let source = Source::RoleContextKeys;
    if let Err(gap) = name_in_own_account(source, caller, role_arn) {
        return Reading::Unavailable(gap);
    }
    match clients.iam.get_context_keys_for_principal_policy().policy_source_arn(role_arn).send().await {
        Ok(answer) => match answer.context_key_names {
            Some(context_key_names) => Reading::Known(ContextKeys { context_key_names }),
            None => gap::malformed(source, "it holds no list"),
        },
        Err(error) => Reading::Unavailable(gap::of_aws(source, &classify_aws_error(&error))),
    }
}

/// Reads whether policies stand in a role: the name of one.
pub async fn inline_policies(
    clients: &AwsClients,
    caller: &Reading<CallerIdentity>,
    role_arn: &str,
) -> Reading<Option<PolicyNames>> {
    let source = Source::RoleInlinePolicies;
    let name = match name_in_own_account(source, caller, role_arn) {
        Ok(name) => name,
        Err(gap) => return Reading::Unavailable(gap),
    };
    let pages = clients.iam.list_role_policies().role_name(name).into_paginator().page_size(1);
    match pages.items().send().try_next().await {
        Ok(first) => Reading::Known(Some(PolicyNames { policy_names: first.into_iter().collect() })),
        Err(error) => {
            let missing = error.as_service_error().is_some_and(ListRolePoliciesError::is_no_such_entity_exception);
            absent_or_gap(source, missing, name, &classify_aws_error(&error))
        }
    }
}

/// Reads whether policies are attached to a role: the name of one.
pub async fn attached_policies(
    clients: &AwsClients,
    caller: &Reading<CallerIdentity>,
    role_arn: &str,
) -> Reading<Option<PolicyNames>> {
    let source = Source::RoleAttachedPolicies;
    let name = match name_in_own_account(source, caller, role_arn) {
        Ok(name) => name,
        Err(gap) => return Reading::Unavailable(gap),
    };
    let pages = clients.iam.list_attached_role_policies().role_name(name).into_paginator().page_size(1);
    match pages.items().send().try_next().await {
        Ok(None) => Reading::Known(Some(PolicyNames::default())),
        Ok(Some(first)) => match first.policy_name {
            Some(name) => Reading::Known(Some(PolicyNames { policy_names: vec![name] })),
            None => gap::malformed(source, "it holds a policy without its name"),
        },
        Err(error) => {
            let missing =
                error.as_service_error().is_some_and(ListAttachedRolePoliciesError::is_no_such_entity_exception);
            absent_or_gap(source, missing, name, &classify_aws_error(&error))
        }
    }
}

/// What an error about a role means. The not-found must name the role that was asked for.
fn absent_or_gap<T>(source: Source, missing: bool, name: &str, error: &AwsError) -> Reading<Option<T>> {
    if missing && error.mentions(name) {
        Reading::Known(None)
    } else {
        Reading::Unavailable(gap::of_aws(source, error))
    }
}

fn role_of(role: aws_sdk_iam::types::Role) -> Role {
    let tags = role.tags.unwrap_or_default().into_iter().map(|tag| (tag.key, tag.value));
    let boundary = role.permissions_boundary.and_then(|boundary| boundary.permissions_boundary_arn);
    Role {
        role_name: role.role_name,
        arn: role.arn,
        role_id: Some(role.role_id),
        create_date: crate::collect::read::eks::timestamp(Some(role.create_date)),
        assume_role_policy_document: role.assume_role_policy_document.map_or(Value::Null, |text| policy(&text)),
        permissions_boundary: boundary.map(|arn| PermissionsBoundary { permissions_boundary_arn: arn }),
        tags: of_tools(tags),
    }
}

/// IAM sends policies percent-encoded; one that is no JSON is kept as text.
fn policy(text: &str) -> Value {
    let decoded = percent_decode_str(text).decode_utf8_lossy().into_owned();
    serde_json::from_str(&decoded).unwrap_or(Value::String(decoded))
}

/// Reads the account and the principal of the credentials. No policy can refuse this call.
pub async fn caller_identity(clients: &AwsClients) -> Reading<CallerIdentity> {
    match clients.sts.get_caller_identity().send().await {
        Ok(answer) => match (answer.account, answer.arn) {
            (Some(account), Some(arn)) => Reading::Known(CallerIdentity { account, arn }),
            _ => Reading::Unavailable(Gap::new(Source::CallerIdentity, GapReason::Malformed, "it names no account")),
        },
        Err(error) => Reading::Unavailable(gap::of_aws(Source::CallerIdentity, &classify_aws_error(&error))),
    }
}
