//! The requests that tables name, and policies around them.

use podid::reasoning::iam::calls::{ASSUME_ROLE, TAG_SESSION};
use podid::reasoning::iam::{ContextValue, Document, PodIdentityCall, Request, TargetRoleCall, WebIdentityCall};
use serde_json::{Map, Value, json};

pub const SERVICE: &str = "pods.eks.amazonaws.com";
pub const ISSUER: &str = "oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF";

/// A pod of which everything is known.
pub fn pod() -> PodIdentityCall<'static> {
    PodIdentityCall {
        namespace: Some("shop"),
        service_account: Some("api"),
        pod_name: Some("api-7c9f"),
        pod_uid: Some("0b1c9a52-6d2f-4c8e-9f57-2f1f4a3f5f10"),
        cluster_arn: Some("arn:aws:eks:eu-west-1:111122223333:cluster/prod"),
        cluster_name: Some("prod"),
        region: Some("eu-west-1"),
        session_tags_disabled: Some(false),
    }
}

/// The call of that name, for an action.
pub fn named(call: &str, action: &str) -> Request {
    let untagged = PodIdentityCall { session_tags_disabled: Some(true), ..pod() };
    match call {
        "pod" => pod().request(action),
        "untagged" => untagged.request(action),
        "tagsUnknown" => PodIdentityCall { session_tags_disabled: None, ..pod() }.request(action),
        "serviceAccount" => PodIdentityCall { pod_name: None, pod_uid: None, ..pod() }.request(action),
        "nothingKnown" => PodIdentityCall::default().request(action),
        "webIdentity" => web_identity(Some("sts.amazonaws.com")).with_action(action),
        "webIdentityAudienceUnknown" => web_identity(None).with_action(action),
        "target" => target(Some("eu-west-1/111122223333/prod/shop/api"), pod()).request(action),
        "targetUntagged" => target(Some("eu-west-1/111122223333/prod/shop/api"), untagged).request(action),
        "targetExternalIdUnknown" => target(None, pod()).request(action),
        other => panic!("there is no call named {other}"),
    }
}

fn web_identity(audience: Option<&'static str>) -> Request {
    let provider = format!("arn:aws:iam::111122223333:oidc-provider/{ISSUER}");
    let issuer = format!("https://{ISSUER}");
    let (namespace, service_account) = (Some("shop"), Some("api"));
    let region = Some("eu-west-1");
    WebIdentityCall { provider_arn: &provider, issuer: &issuer, namespace, service_account, audience, region }.request()
}

fn target<'a>(external_id: Option<&'a str>, first: PodIdentityCall<'a>) -> TargetRoleCall<'a> {
    TargetRoleCall { source_role_arn: "arn:aws:iam::111122223333:role/team/source", external_id, first }
}

/// A condition value of a table: a text, a list, or `<absent>`, `<present>`, `<unknown>`.
pub fn context_value(value: &Value) -> ContextValue {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match value {
        Value::String(word) if word == "<absent>" => ContextValue::Absent,
        Value::String(word) if word == "<present>" => ContextValue::Present,
        Value::String(word) if word == "<unknown>" => ContextValue::Unknown,
        Value::Array(items) => ContextValue::Known(items.iter().map(text).collect()),
        one => ContextValue::single(text(one)),
    }
}

/// A statement with what it lacks: it allows both actions to the service.
pub fn filled(statement: &Value) -> Value {
    let mut members = Map::new();
    let given = statement.as_object().expect("a statement is an object");
    for (name, unless, value) in [
        ("Effect", "Effect", json!("Allow")),
        ("Principal", "NotPrincipal", json!({ "Service": SERVICE })),
        ("Action", "NotAction", json!([ASSUME_ROLE, TAG_SESSION])),
    ] {
        if !given.contains_key(unless) {
            members.insert(name.to_owned(), value);
        }
    }
    members.extend(given.clone());
    Value::Object(members)
}

/// A document of the present version with these statements, filled.
pub fn document(statements: &[Value]) -> Document {
    let statements: Vec<Value> = statements.iter().map(filled).collect();
    let value = json!({ "Version": "2012-10-17", "Statement": statements });
    Document::from_value(&value).expect("a policy")
}
