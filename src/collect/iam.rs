//! The associated role and its trust policy.

use aws_sdk_iam::operation::get_role::GetRoleError;
use serde_json::Value;

use super::clients::{AwsClients, classify_aws_error};
use super::gap;
use crate::evidence::arn::Arn;
use crate::evidence::role::PermissionsBoundary;
use crate::evidence::{CallerIdentity, Gap, GapReason, Reading, Role, Source};

/// Reads a role, unless it is in another account than the credentials: IAM takes names, and a role of the same name there
/// must never be judged.
pub async fn role(clients: &AwsClients, caller: &Reading<CallerIdentity>, role_arn: &str) -> Reading<Option<Role>> {
    let caller = match caller.get() {
        Ok(caller) => caller,
        Err(gap) => return Reading::Unavailable(Gap::behind(Source::Role, &gap)),
    };
    let (Some(arn), name) = (Arn::parse(role_arn), Arn::parse(role_arn).and_then(|arn| arn.role_name())) else {
        return malformed(format!("{role_arn} is not an ARN"));
    };
    let Some(name) = name else { return malformed(format!("{role_arn} is not the ARN of a role")) };
    if arn.account != caller.account {
        let detail =
            format!("the role is in account {}, the credentials are of account {}", arn.account, caller.account);
        return Reading::Unavailable(Gap::new(Source::Role, GapReason::WrongAccount, detail));
    }
    match clients.iam.get_role().role_name(name).send().await {
        Ok(answer) => answer
            .role
            .map_or_else(|| malformed("it holds no role".to_owned()), |role| Reading::Known(Some(read(role)))),
        Err(error) => {
            let missing = error.as_service_error().is_some_and(GetRoleError::is_no_such_entity_exception);
            let error = classify_aws_error(&error);
            // The not-found must name the role that was asked for.
            if missing && error.message.contains(name) {
                Reading::Known(None)
            } else {
                Reading::Unavailable(gap::of_aws(Source::Role, &error))
            }
        }
    }
}

fn malformed(detail: String) -> Reading<Option<Role>> {
    Reading::Unavailable(Gap::new(Source::Role, GapReason::Malformed, detail))
}

fn read(role: aws_sdk_iam::types::Role) -> Role {
    let boundary = role.permissions_boundary.and_then(|boundary| boundary.permissions_boundary_arn);
    Role {
        role_name: role.role_name,
        arn: role.arn,
        role_id: Some(role.role_id),
        create_date: super::eks::timestamp(Some(role.create_date)),
        assume_role_policy_document: role.assume_role_policy_document.map_or(Value::Null, |text| policy(&text)),
        permissions_boundary: boundary.map(|arn| PermissionsBoundary { permissions_boundary_arn: arn }),
    }
}

/// IAM sends policies percent-encoded; one that is no JSON is kept as text.
fn policy(text: &str) -> Value {
    let decoded = decode(text);
    serde_json::from_str(&decoded).unwrap_or(Value::String(decoded))
}

fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut index = 0;
    while index < bytes.len() {
        let escaped = (bytes[index] == b'%').then(|| text.get(index + 1..index + 3)).flatten();
        if let Some(byte) = escaped.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            decoded.push(byte);
            index += 3;
        } else {
            decoded.push(bytes[index]);
            index += 1;
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}
