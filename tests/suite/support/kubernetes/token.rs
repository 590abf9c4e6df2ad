//! Tokens of service accounts, bound to pods, as the API server makes them; what they are signed with is a secret's mark.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use podid_doubles::http::{Request, Response};
use serde_json::{Value, json};

use super::{role, status};

/// What each token ends with.
pub const SIGNATURE: &str = "0-SIGNATURE-THAT-NOBODY-MAY-SEE";

/// Answers a request for a token; `None` for another request.
pub fn answer(request: &Request, roles: Option<&Value>) -> Option<Response> {
    let words: Vec<&str> = request.path.split('/').collect();
    let ["", "api", "v1", "namespaces", namespace, "serviceaccounts", account, "token"] = words.as_slice() else {
        return None;
    };
    if roles.is_some_and(|roles| !role::grant(roles, "", "serviceaccounts/token", "create", Some(namespace))) {
        return Some(status::status(403, "Forbidden", "serviceaccounts \"api\" is forbidden", None));
    }
    let mut object: Value = serde_json::from_slice(&request.body).expect("a token request");
    let spec = &object["spec"];
    let life = SignedDuration::from_secs(spec["expirationSeconds"].as_i64().unwrap_or(3600));
    let expires = Timestamp::now() + life;
    let pod = &spec["boundObjectRef"];
    let claims = json!({
        "aud": spec["audiences"], "exp": expires.as_second(), "iat": (expires - life).as_second(),
        "kubernetes.io": {
            "namespace": namespace, "serviceaccount": { "name": account, "uid": "account-1" },
            "pod": { "name": pod["name"], "uid": pod["uid"] },
        },
    });
    let part = |value: &str| URL_SAFE_NO_PAD.encode(value);
    let header = part(&json!({ "alg": "RS256", "kid": "played" }).to_string());
    let token = format!("{header}.{}.{}", part(&claims.to_string()), part(SIGNATURE));
    object["status"] = json!({ "token": token, "expirationTimestamp": expires });
    Some(Response::json(201, &object))
}
