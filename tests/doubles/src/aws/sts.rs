//! What STS answers: whose credentials these are, and those of a role.

use jiff::{SignedDuration, Timestamp};

use super::call::Call;
use super::refusal::Refusal;
use super::state::{AccessKey, State, session_key};
use super::xml::Element;

/// Answers a call of a caller. Trust policies are not evaluated: any role that exists can be assumed.
pub fn answer(state: &mut State, call: &Call, caller: &AccessKey) -> Result<Vec<Element>, Refusal> {
    match call.operation.as_str() {
        "GetCallerIdentity" => Ok(vec![
            Element::new("Arn").text(&caller.arn),
            Element::new("UserId").text(caller.user_id.as_deref().unwrap_or("AIDAEXAMPLE")),
            Element::new("Account").text(&caller.account),
        ]),
        "AssumeRole" => assume_role(state, call, caller),
        _ => Err(Refusal::unknown_operation(call)),
    }
}

fn assume_role(state: &mut State, call: &Call, caller: &AccessKey) -> Result<Vec<Element>, Refusal> {
    let (arn, session) = (call.text("RoleArn").to_owned(), call.text("RoleSessionName"));
    // arn:PARTITION:iam::ACCOUNT:role/PATH/NAME
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let [_, partition, _, _, account, path] = parts.as_slice() else {
        return Err(Refusal::new(400, "ValidationError", format!("{arn} is invalid")));
    };
    let name = path.rsplit('/').next().unwrap_or(path);
    let role = state.accounts.get(*account).and_then(|account| account.roles.get(name));
    let role = role.ok_or_else(|| Refusal::denied(call, &caller.arn, &arn))?;
    let id = format!("{}:{session}", role.role_id.as_deref().unwrap_or("AROAEXAMPLE"));
    let number = state.free_session();
    let key = AccessKey {
        account: (*account).to_owned(),
        arn: format!("arn:{partition}:sts::{account}:assumed-role/{name}/{session}"),
        user_id: Some(id.clone()),
        session_token: Some(format!("session-token-{number}")),
        expired: false,
        allowed_actions: role.allowed_actions.clone(),
        denied_actions: role.denied_actions.clone(),
    };
    let key_id = session_key(number);
    let lasts: i64 = call.text("DurationSeconds").parse().unwrap_or(3600);
    let expires = Timestamp::now() + SignedDuration::from_secs(lasts);
    let credentials = Element::new("Credentials")
        .with("AccessKeyId", &key_id)
        .with("SecretAccessKey", "played-secret")
        .with("SessionToken", key.session_token.as_deref().unwrap_or_default())
        .with("Expiration", &expires.strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
    let user = Element::new("AssumedRoleUser").with("AssumedRoleId", &id).with("Arn", &key.arn);
    state.access_keys.insert(key_id, key);
    Ok(vec![credentials, user])
}
