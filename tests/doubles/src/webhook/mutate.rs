//! What the webhook does to a pod: the pod and what is known about its service account in, a JSON patch out.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::identities::Identities;
use super::service_account::{ServiceAccount, expiration};
use super::settings::{DEFAULT_EXPIRATION, SHORTEST_DEFAULT, Settings, Token};
use super::skip_containers::skipped;

const LABEL: &str = "eks.amazonaws.com/pod-identity";
const REGION: [&str; 2] = ["AWS_DEFAULT_REGION", "AWS_REGION"];
const REGIONAL_STS: &str = "AWS_STS_REGIONAL_ENDPOINTS";
const CONTAINER_CREDENTIALS: [&str; 2] =
    ["AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"];
const WEB_IDENTITY: [&str; 2] = ["AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE"];

/// Gives the operations of the JSON patch for a new pod; `None` leaves it as it is.
///
/// An association goes before IRSA's annotation, which then does not count at all. `namespace` is the request's, and the
/// pod is as the API server sends it, its own service account volume already in it. `random` makes the token's life where
/// neither the service account nor the pod gives one.
pub fn mutate(
    pod: &Value,
    namespace: &str,
    identities: &Identities,
    account: &ServiceAccount,
    settings: &Settings,
    random: u64,
) -> Option<Vec<Value>> {
    let name = pod.pointer("/spec/serviceAccountName").and_then(Value::as_str).unwrap_or_default();
    let annotation = |name: &str| pod.pointer("/metadata/annotations")?.get(settings.annotation(name))?.as_str();
    let life = expiration(annotation("token-expiration")).unwrap_or(account.token_expiration);
    let skipped = annotation("skip-containers").map(skipped).unwrap_or_default();
    let added = if identities.has(namespace, name) {
        let token = &settings.container_credentials;
        let values = [settings.full_uri.clone(), token_file(pod, token)];
        Added { token, audience: &token.audience, life: jittered(life, random), names: CONTAINER_CREDENTIALS, values }
    } else {
        let token = &settings.web_identity;
        let values = [account.role_arn.clone()?, token_file(pod, token)];
        Added { token, audience: &account.audience, life, names: WEB_IDENTITY, values }
    };
    Some(added.patch(pod, &skipped, settings, account.regional_sts))
}

/// What one of the two methods adds to a pod.
struct Added<'a> {
    token: &'a Token,
    audience: &'a str,
    life: i64,
    names: [&'static str; 2],
    values: [String; 2],
}

impl Added<'_> {
    fn patch(&self, pod: &Value, skipped: &HashSet<String>, settings: &Settings, regional_sts: bool) -> Vec<Value> {
        let containers = |list: &str| -> Option<Vec<Value>> {
            let found = pod.pointer(list)?.as_array()?.iter();
            let counts = |container: &Value| !container["name"].as_str().is_some_and(|name| skipped.contains(name));
            Some(found.map(|c| if counts(c) { self.container(c, settings, regional_sts) } else { c.clone() }).collect())
        };
        let mut patch = Vec::new();
        if self.names == CONTAINER_CREDENTIALS {
            patch.push(label(pod));
        }
        patch.extend(self.volume(pod));
        patch.push(add("/spec/containers", &json!(containers("/spec/containers").unwrap_or_default())));
        if let Some(init) = containers("/spec/initContainers").filter(|init| !init.is_empty()) {
            patch.push(add("/spec/initContainers", &json!(init)));
        }
        patch
    }

    /// The token's volume goes before all others, unless one has its name already.
    fn volume(&self, pod: &Value) -> Option<Value> {
        let token = json!({ "audience": self.audience, "expirationSeconds": self.life, "path": self.token.path });
        let volume =
            json!({ "name": self.token.volume, "projected": { "sources": [{ "serviceAccountToken": token }] } });
        match pod.pointer("/spec/volumes").and_then(Value::as_array) {
            Some(volumes) if named(volumes, &self.token.volume) => None,
            Some(_) => Some(add("/spec/volumes/0", &volume)),
            None => Some(add("/spec/volumes", &json!([volume]))),
        }
    }

    /// The variables go behind those that are there, and the mount behind the other mounts.
    fn container(&self, container: &Value, settings: &Settings, regional_sts: bool) -> Value {
        let mut env = list(container, "env");
        let preset = |names: &[&str]| names.iter().any(|name| named(&env, name));
        let (regional_preset, region_preset, method_preset) =
            (preset(&[REGIONAL_STS]), preset(&REGION), preset(&self.names));
        // A container that has one of each kind is not touched at all: it gets no mount either.
        if regional_preset && region_preset && method_preset {
            return container.clone();
        }
        if regional_sts && !regional_preset {
            env.push(variable(REGIONAL_STS, "regional"));
        }
        if !region_preset && !settings.region.is_empty() {
            env.extend(REGION.map(|name| variable(name, &settings.region)));
        }
        if !method_preset {
            env.extend(self.names.iter().zip(&self.values).map(|(name, value)| variable(name, value)));
        }
        let mut mounts = list(container, "volumeMounts");
        if !named(&mounts, &self.token.volume) {
            mounts.push(json!({ "name": self.token.volume, "readOnly": true, "mountPath": self.token.mount_path }));
        }
        let mut container = container.clone();
        for (member, entries) in [("env", env), ("volumeMounts", mounts)] {
            if !entries.is_empty() {
                container[member] = json!(entries);
            }
        }
        container
    }
}

fn token_file(pod: &Value, token: &Token) -> String {
    let path = format!("{}/{}", token.mount_path, token.path);
    let selector = pod.pointer("/spec/nodeSelector");
    let system = |label: &str| selector.and_then(|selector| selector.get(label)).and_then(Value::as_str);
    // The field `spec.os` does not count, nor does the mount's own path change.
    if ["kubernetes.io/os", "beta.kubernetes.io/os"].into_iter().any(|label| system(label) == Some("windows")) {
        return format!("C:{}", path.replace('/', "\\"));
    }
    path
}

fn jittered(life: i64, random: u64) -> i64 {
    if life != DEFAULT_EXPIRATION {
        return life;
    }
    let choices = (DEFAULT_EXPIRATION - SHORTEST_DEFAULT + 1).unsigned_abs();
    SHORTEST_DEFAULT + i64::try_from(random % choices).unwrap_or_default()
}

fn label(pod: &Value) -> Value {
    match pod.pointer("/metadata/labels") {
        Some(Value::Object(_)) => add(&format!("/metadata/labels/{}", LABEL.replace('/', "~1")), &json!("enabled")),
        _ => add("/metadata/labels", &json!({ LABEL: "enabled" })),
    }
}

fn add(path: &str, value: &Value) -> Value {
    json!({ "op": "add", "path": path, "value": value })
}

fn variable(name: &str, value: &str) -> Value {
    json!({ "name": name, "value": value })
}

fn list(container: &Value, member: &str) -> Vec<Value> {
    container.get(member).and_then(Value::as_array).cloned().unwrap_or_default()
}

fn named(entries: &[Value], name: &str) -> bool {
    entries.iter().any(|entry| entry["name"].as_str() == Some(name))
}
