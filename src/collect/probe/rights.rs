//! Whether the user may do what a way of probing needs, asked before anything is made.

use super::choice::Mode;
use crate::collect::Session;
use crate::collect::access_review::{Access, Right, review};

/// The rights that a way needs: verb and resource.
///
/// A connection is opened by GET; from Kubernetes 1.35 on the API server asks for `create` as well, which the refusal itself
/// then tells.
pub(super) fn needed(mode: Mode) -> &'static [(&'static str, &'static str)] {
    match mode {
        Mode::Exec => &[("get", "pods/exec")],
        Mode::Ephemeral => &[("get", "pods"), ("patch", "pods/ephemeralcontainers"), ("get", "pods/attach")],
        Mode::Pod => &[("get", "pods"), ("create", "pods"), ("get", "pods/attach"), ("delete", "pods")],
        Mode::Auto => &[],
    }
}

/// The rights that are missing, in words.
pub(super) async fn missing(session: &Session, namespace: &str, mode: Mode) -> Vec<String> {
    let right = |(verb, resource): &(&str, &str)| Right {
        verb: (*verb).to_owned(),
        group: String::new(),
        resource: (*resource).to_owned(),
        namespace: Some(namespace.to_owned()),
    };
    let rights: Vec<Right> = needed(mode).iter().map(right).collect();
    let held = review(session, &rights).await;
    let missing = rights.iter().zip(held).filter(|(_, access)| *access == Access::Missing);
    missing.map(|(right, _)| format!("{} {} in {namespace}", right.verb, right.resource)).collect()
}
