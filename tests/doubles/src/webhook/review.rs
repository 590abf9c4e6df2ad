//! `AdmissionReview` in, `AdmissionReview` out.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

/// Which pod a review is about.
#[derive(Debug, PartialEq)]
pub struct Subject<'a> {
    /// The pod; its own namespace does not count.
    pub pod: &'a Value,
    /// The request's namespace.
    pub namespace: &'a str,
    /// The service account's name; empty if there is none.
    pub service_account: &'a str,
}

/// Finds the pod in a review.
pub fn subject(review: &Value) -> Option<Subject<'_>> {
    let request = review.get("request")?;
    let pod = request.get("object").filter(|object| object.is_object())?;
    Some(Subject {
        pod,
        namespace: request.get("namespace").and_then(Value::as_str).unwrap_or_default(),
        service_account: pod.pointer("/spec/serviceAccountName").and_then(Value::as_str).unwrap_or_default(),
    })
}

/// Answers a review in its own version: the pod is allowed, with a patch or without.
pub fn allow(review: &Value, patch: Option<Vec<Value>>) -> Value {
    let mut response = json!({ "uid": uid(review), "allowed": true });
    if let Some(patch) = patch {
        response["patch"] = json!(STANDARD.encode(Value::Array(patch).to_string()));
        response["patchType"] = json!("JSONPatch");
    }
    answer(review, &response)
}

/// Answers a review that holds no pod.
pub fn refuse(review: &Value, message: &str) -> Value {
    answer(review, &json!({ "uid": uid(review), "allowed": false, "status": { "metadata": {}, "message": message } }))
}

fn uid(review: &Value) -> &str {
    review.pointer("/request/uid").and_then(Value::as_str).unwrap_or_default()
}

fn answer(review: &Value, response: &Value) -> Value {
    let mut answer = json!({ "response": response });
    for member in ["kind", "apiVersion"] {
        if let Some(value) = review.get(member) {
            answer[member] = value.clone();
        }
    }
    answer
}
