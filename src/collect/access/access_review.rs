//! Which rights the user has, as the API server itself says: one review of access for each right.
//!
//! Any user may ask it about themselves, and nothing is stored.

use futures::future::join_all;
use serde::Deserialize;
use serde_json::json;

use crate::collect::session::Session;
pub use crate::evidence::source::{Access, Right};
use crate::evidence::{Gap, GapReason, Source};

/// Where a user asks for their own rights.
pub const REVIEWS: &str = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";

#[derive(Deserialize)]
struct Review {
    status: Status,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Status {
    allowed: bool,
    #[serde(default)]
    evaluation_error: String,
}

/// Asks about each right, all at once. The answers come in the order of the rights.
pub async fn review(session: &Session, rights: &[Right]) -> Vec<Access> {
    join_all(rights.iter().map(|right| one(session, right))).await
}

/// Gives a gap for `source` if the user lacks a right in a namespace. What the API server does not tell is found out later.
pub async fn demand(session: &Session, source: Source, verb: &str, resource: &str, namespace: &str) -> Result<(), Gap> {
    let right = Right {
        verb: verb.to_owned(),
        group: String::new(),
        resource: resource.to_owned(),
        namespace: Some(namespace.to_owned()),
    };
    if one(session, &right).await == Access::Missing {
        let detail = format!("this user may not {verb} {resource} in {namespace}, as the API server says");
        return Err(Gap::new(source, GapReason::Denied, detail));
    }
    Ok(())
}

async fn one(session: &Session, right: &Right) -> Access {
    let (resource, subresource) = right.resource.split_once('/').unwrap_or((&right.resource, ""));
    let attributes = json!({
        "verb": right.verb,
        "group": right.group,
        "resource": resource,
        "subresource": subresource,
        "namespace": right.namespace,
    });
    let body = json!({
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": { "resourceAttributes": attributes },
    });
    match session.kubernetes.post::<Review>(REVIEWS, &body).await {
        Ok(Review { status }) if status.allowed => Access::Held,
        // One of several authorizers failed: it might have allowed it.
        Ok(Review { status }) if !status.evaluation_error.is_empty() => Access::Unknown(status.evaluation_error),
        Ok(_) => Access::Missing,
        Err(error) => Access::Unknown(error.to_string()),
    }
}
