//! Dry-runs of new pods: the pod as the webhook would have it, or what a test plays in its place.

use std::collections::VecDeque;

use podid_doubles::http::{Request, Response};
use serde_json::{Value, json};

use super::{role, status};

/// What dry-runs are answered with.
#[derive(Default)]
pub struct DryRun(VecDeque<Option<Response>>);

impl DryRun {
    /// Answers with these, one after the other, and then the last again; `None` is a pod with its variables.
    pub fn plays(&mut self, answers: Vec<Option<Response>>) {
        self.0 = answers.into();
    }

    /// Answers a dry-run of a pod.
    pub fn answer(&mut self, request: &Request, roles: Option<&Value>) -> Response {
        let namespace = request.path.split('/').nth(4).unwrap_or_default();
        if roles.is_some_and(|roles| !role::grant(roles, "", "pods", "create", Some(namespace))) {
            return status::may_not_create_pods(namespace);
        }
        let played = if self.0.len() > 1 { self.0.pop_front() } else { self.0.front().cloned() };
        played.flatten().unwrap_or_else(|| Response::json(201, &injected(&request.body)))
    }
}

/// The pod that was sent, with what the webhook writes into each container that the annotation does not leave out.
pub fn injected(body: &[u8]) -> Value {
    let mut pod: Value = serde_json::from_slice(body).expect("a pod");
    pod["metadata"]["name"] = json!("podid-canary-x7k2p");
    let skipped = pod["metadata"]["annotations"]["eks.amazonaws.com/skip-containers"].as_str().unwrap_or_default();
    let skipped: Vec<String> = skipped.split(',').map(str::to_owned).collect();
    for list in ["initContainers", "containers"] {
        for container in pod["spec"][list].as_array_mut().into_iter().flatten() {
            if skipped.iter().any(|name| container["name"] == name.as_str()) {
                continue;
            }
            let env = container["env"].as_array_mut().expect("variables");
            if env.is_empty() {
                let uri = "http://169.254.170.23/v1/credentials";
                let token = "/var/run/secrets/pods.eks.amazonaws.com/serviceaccount/eks-pod-identity-token";
                env.push(json!({ "name": "AWS_CONTAINER_CREDENTIALS_FULL_URI", "value": uri }));
                env.push(json!({ "name": "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "value": token }));
            }
        }
    }
    pod
}
