//! The `Status` objects of the API server, in its words.

use podid_doubles::http::Response;
use serde_json::{Value, json};

use super::objects::{Collection, split};

/// A `Status`.
pub fn status(code: u16, reason: &str, message: &str, details: Option<Value>) -> Response {
    let mut status = json!({
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
        "message": message, "reason": reason, "code": code,
    });
    if let Some(details) = details {
        status["details"] = details;
    }
    Response::json(code, &status)
}

/// The object at this path does not exist; a path that is none of the API's is not found without a name.
pub fn not_found(path: &str) -> Response {
    let object = split(path).and_then(|(parent, name)| Some((Collection::read(parent)?, name)));
    let Some((collection, name)) = object else {
        return Response::new(404, "text/plain; charset=utf-8", "404 page not found\n");
    };
    let resource = collection.resource();
    let mut details = json!({ "name": name, "kind": collection.plural });
    if let Some(group) = collection.group() {
        details["group"] = json!(group);
    }
    status(404, "NotFound", &format!("{resource} \"{name}\" not found"), Some(details))
}

/// The user may not read this path.
pub fn forbidden(path: &str) -> Response {
    let (collection, name) = match (Collection::read(path), split(path)) {
        (Some(collection), _) => (Some(collection), None),
        (None, Some((parent, name))) => (Collection::read(parent), Some(name)),
        (None, None) => (None, None),
    };
    let Some(collection) = collection else {
        let message = format!("forbidden: User \"jo\" cannot get path \"{path}\"");
        return status(403, "Forbidden", &message, Some(json!({})));
    };
    let place = match &collection.namespace {
        Some(namespace) => format!("in the namespace \"{namespace}\""),
        None => "at the cluster scope".to_owned(),
    };
    let (verb, quoted) = name.map_or(("list", String::new()), |name| ("get", format!(" \"{name}\"")));
    let message = format!(
        "{}{quoted} is forbidden: User \"jo\" cannot {verb} resource \"{}\" in API group \"{}\" {place}",
        collection.resource(),
        collection.plural,
        collection.group().unwrap_or_default(),
    );
    status(403, "Forbidden", &message, Some(json!({ "name": name, "kind": collection.plural })))
}

/// The user may not create pods.
pub fn may_not_create_pods(namespace: &str) -> Response {
    let what = "User \"jo\" cannot create resource \"pods\" in API group \"\" in the namespace";
    status(403, "Forbidden", &format!("pods is forbidden: {what} \"{namespace}\""), Some(json!({ "kind": "pods" })))
}

/// A new pod is not let in: the words are those behind its name.
pub fn refused_pod(words: &str) -> Response {
    let details = json!({ "name": "podid-canary-x7k2p", "kind": "pods" });
    status(403, "Forbidden", &format!("pods \"podid-canary-x7k2p\" is forbidden: {words}"), Some(details))
}

/// The login is refused.
pub fn unauthorized() -> Response {
    status(401, "Unauthorized", "Unauthorized", None)
}

/// Too many requests.
pub fn throttled(seconds: u64) -> Response {
    let details = json!({ "retryAfterSeconds": seconds });
    let message = "too many requests, please try again later";
    status(429, "TooManyRequests", message, Some(details)).with_header("retry-after", &seconds.to_string())
}

/// The plugin reads only.
pub fn method_not_allowed() -> Response {
    status(405, "MethodNotAllowed", "the server does not allow this method on the requested resource", None)
}

/// A selector that is none.
pub fn bad_selector(selector: &str) -> Response {
    status(400, "BadRequest", &format!("unable to parse requirement: found '{selector}'"), None)
}
