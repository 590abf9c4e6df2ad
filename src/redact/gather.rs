//! The names that evidence holds.
//!
//! It reads evidence as a value, so that a field that is added later is redacted too.

use serde_json::{Map, Value};

use super::evidence::{CALLED_BY_PROGRAMS, SELECTORS, gather_conditions, tag_of};
use super::pattern::{before_domain, is_own, is_word, own_label};
use super::table::{Kind, Table, is_hash, is_time};
use super::token::{is_account, is_address, is_cluster_identity, is_pattern, is_uuid, principal, resource, tokens};
use crate::evidence::reading::UNAVAILABLE;

/// Labels whose values Kubernetes draws.
const HASHES: [&str; 2] = ["pod-template-hash", "controller-revision-hash"];

/// Notes every name in evidence.
pub fn gather(names: &mut Table, evidence: &Value) {
    walk(names, &mut Vec::new(), evidence, None);
}

/// Notes the tokens of a text as names of a kind, but for words, numbers and patterns.
pub fn add(names: &mut Table, kind: Kind, text: &str) {
    if text.contains("${") {
        return;
    }
    for token in tokens(text) {
        let identity = is_account(token) || is_uuid(token) || principal(token).is_some() || resource(token).is_some();
        // What differs from a word in its case alone would take the word with it.
        let is_known = is_word(token) || is_word(&token.to_ascii_lowercase()) || is_own(token);
        let kept = is_known || before_domain(token).is_some() || is_pattern(token) || is_address(token);
        if !identity && !kept && token.chars().any(char::is_alphabetic) {
            names.add(kind, token);
        }
    }
}

/// `path` holds the fields above, without the places in lists; `parent` is the nearest object.
fn walk<'v>(names: &mut Table, path: &mut Vec<&'v str>, value: &'v Value, parent: Option<&'v Map<String, Value>>) {
    match value {
        Value::String(text) => leaf(names, path, text, parent),
        Value::Array(list) => {
            if path.last() == Some(&"args") {
                arguments(names, list);
            }
            for one in list {
                walk(names, path, one, parent);
            }
        }
        Value::Object(fields) => {
            for (key, inner) in fields {
                of_key(names, path, key, inner);
                path.push(key);
                walk(names, path, inner, Some(fields));
                path.pop();
            }
        }
        _ => {}
    }
}

/// Names that stand in front of a value.
fn of_key(names: &mut Table, path: &[&str], key: &str, inner: &Value) {
    match path.last().copied() {
        Some("configMaps") if key != UNAVAILABLE => add(names, "config-map", key),
        Some("secrets") if key != UNAVAILABLE => add(names, "secret", key),
        Some("probe") if key != UNAVAILABLE => add(names, "container", key),
        Some("labels" | "matchLabels" | "nodeSelector" | "templateLabels") => {
            of_label_key(names, key);
            if let Value::String(value) = inner
                && !HASHES.contains(&key)
            {
                add(names, "label", value);
            }
        }
        Some("Condition") => gather_conditions(names, inner),
        _ => {}
    }
}

/// Whose label it is stands before the slash; one without it is the user's own.
fn of_label_key(names: &mut Table, key: &str) {
    match own_label(key).1.split_once('/') {
        Some((domain, _)) => add(names, "domain", domain),
        None => add(names, "label", own_label(key).1),
    }
}

fn leaf(names: &mut Table, path: &[&str], text: &str, parent: Option<&Map<String, Value>>) {
    let field = path.last().copied().unwrap_or_default();
    let above = path.len().checked_sub(2).map_or("", |at| path[at]);
    if matches!(above, "labels" | "matchLabels" | "nodeSelector" | "templateLabels") {
        return;
    }
    let beside = |key: &str| parent.and_then(|fields| fields.get(key)).and_then(Value::as_str).unwrap_or_default();
    match field {
        "name" => named(names, path, above, text, beside("kind")),
        "namespace" => add(names, "namespace", text),
        "nodeName" => add(names, "node", text),
        "serviceAccountName" | "serviceAccount" | "serviceAccounts" | "templateServiceAccount" | "askedFor" => {
            add(names, "service-account", text);
        }
        "similarNames" => add(names, "pod", text),
        "similarClusters" => add(names, "cluster", text),
        "PolicyNames" => add(names, "policy", text),
        "clusterName" | "RoleName" if !text.starts_with("arn:") => {
            add(names, if field == "RoleName" { "role" } else { "cluster" }, text);
        }
        "image" => image(names, text),
        "owner" => {
            if let Some((kind, name)) = text.split_once(' ') {
                object(names, kind, name);
            }
        }
        "ownerName" => object(names, beside("ownerKind"), text),
        "what" if matches!(beside("kind"), "quota" | "webhookDenied" | "webhookFailed") => add(names, "object", text),
        "ContextKeyNames" => {
            if let Some(tag) = tag_of(text) {
                add(names, "tag", tag);
            }
        }
        "audience" | "audiences" | "ClientIDList" => add(names, "audience", text),
        "externalId" => add(names, "external-id", text),
        "Sid" => add(names, "statement", text),
        "key" if SELECTORS.contains(&above) => of_label_key(names, text),
        "values" => add(names, "label", text),
        "server" | "endpoint" | "url" => host(names, text),
        "value" => valued(names, above, text, beside("name")),
        "by" | "message" => quoted(names, text),
        _ if matches!(above, "Tags" | "tags") => add(names, "object", text),
        _ if above == "annotations" => annotation(names, field, text),
        _ if above == "proxies" => valued(names, above, text, field),
        _ => {}
    }
    mentioned(names, text);
}

/// A field `name`: what it is the name of stands above it.
fn named(names: &mut Table, path: &[&str], above: &str, text: &str, kind: &str) {
    let owner = if above == "metadata" { path.len().checked_sub(3).map_or("", |at| path[at]) } else { above };
    let kind: Kind = match (owner, kind) {
        (field, _) if CALLED_BY_PROGRAMS.contains(&field) => return,
        (field, _) if field.ends_with("ontainers") || field.ends_with("ontainerStatuses") => "container",
        ("configMapRef" | "configMapKeyRef", _) => "config-map",
        ("secretRef" | "secretKeyRef", _) => "secret",
        ("volumes" | "volumeMounts", _) => "volume",
        ("context", _) if text.starts_with("arn:") => return,
        ("context", _) => "context",
        ("cluster", _) => "cluster",
        ("serviceAccount", _) | (_, "ServiceAccount") => "service-account",
        ("node", _) | (_, "Node") => "node",
        ("namespace", _) => "namespace",
        ("webhooks", _) => "webhook",
        ("agentDaemonSets", _) | (_, "DaemonSet") => "daemon-set",
        ("pod" | "agentPods" | "siblings", _) | (_, "Pod") => "pod",
        _ => return object(names, kind, text),
    };
    add(names, kind, text);
}

/// The name of an object of a kind of Kubernetes.
///
/// A replica set is called after its deployment and a job after its cron job, and checks read that in their names and in
/// those of their pods.
fn object(names: &mut Table, kind: &str, text: &str) {
    let made = text.rsplit_once('-');
    let kind: Kind = match (kind, made) {
        ("ReplicaSet", Some((stem, hash))) if is_hash(hash) => return called_after(names, "deployment", stem),
        ("Job", Some((stem, time))) if is_time(time) => return called_after(names, "cron-job", stem),
        ("Deployment", _) => "deployment",
        ("StatefulSet", _) => "stateful-set",
        ("DaemonSet", _) => "daemon-set",
        ("ReplicaSet", _) => "replica-set",
        ("Job", _) => "job",
        ("CronJob", _) => "cron-job",
        ("ServiceAccount", _) => "service-account",
        ("Node", _) => "node",
        ("Pod", _) => "pod",
        _ => "object",
    };
    add(names, kind, text);
}

fn called_after(names: &mut Table, kind: Kind, stem: &str) {
    add(names, kind, stem);
    names.add_stem(stem);
}

/// A field `value`: of a variable, or of something that was detected.
fn valued(names: &mut Table, above: &str, text: &str, variable: &str) {
    match (above, variable) {
        ("eksCluster" | "otherCandidates", _) if !text.starts_with("arn:") => add(names, "cluster", text),
        (_, "AWS_PROFILE" | "AWS_DEFAULT_PROFILE") => add(names, "profile", text),
        (_, "AWS_ROLE_SESSION_NAME") => add(names, "session", text),
        (_, "NO_PROXY" | "no_proxy") => hosts(names, text),
        (_, name) if name.to_ascii_lowercase().ends_with("_proxy") || name.contains("ENDPOINT") => host(names, text),
        _ => {}
    }
}

fn annotation(names: &mut Table, key: &str, text: &str) {
    match key {
        "eks.amazonaws.com/skip-containers" => add(names, "container", text),
        "eks.amazonaws.com/audience" => add(names, "audience", text),
        "meta.helm.sh/release-name" => add(names, "release", text),
        "meta.helm.sh/release-namespace" => add(names, "namespace", text),
        _ => {}
    }
}

/// Arguments of the agent, `--name=value` or `--name value`: its cluster and its endpoint are the names among them.
pub fn arguments(names: &mut Table, list: &[Value]) {
    let mut flag = String::new();
    for text in list.iter().filter_map(Value::as_str) {
        let (name, value) = match text.split_once('=') {
            Some((name, value)) if text.starts_with('-') => (name.to_owned(), value),
            None if text.starts_with('-') => (text.to_owned(), ""),
            _ => (std::mem::take(&mut flag), text),
        };
        match name.trim_start_matches('-') {
            "cluster-name" | "c" => add(names, "cluster", value),
            "endpoint" => host(names, value),
            _ => {}
        }
        flag = name;
    }
}

/// An image without its tag; public registries of AWS and their images are nobody's.
pub fn image(names: &mut Table, text: &str) {
    let place = text.split('@').next().unwrap_or_default();
    let end = place.rfind('/').unwrap_or(0);
    let tag = place[end..].find(':').map_or(place.len(), |at| end + at);
    let public = ["public.ecr.aws/", "registry.k8s.io/", "amazon/", "docker.io/amazon/", "ghcr.io/aws/", "quay.io/"];
    let is_public =
        public.iter().any(|beginning| place.starts_with(beginning)) || place.contains(".amazonaws.com/eks/");
    if !is_public {
        add(names, "image", &place[..tag]);
    }
}

/// A host: the name that EKS gave the cluster, or a name of the user's own.
pub fn host(names: &mut Table, text: &str) {
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    if host.parse::<std::net::SocketAddr>().is_err() && !is_address(host.trim_matches(['[', ']'])) {
        add(names, "host", host);
    }
}

/// Hosts with commas between them; ranges of addresses among them are no names.
pub fn hosts(names: &mut Table, text: &str) {
    let is_range = |one: &str| one.split_once('/').is_some_and(|(address, _)| is_address(address));
    for one in text.split(',').map(str::trim).filter(|one| !is_range(one)) {
        host(names, one);
    }
}

/// Names that a server puts into quotes where it says what it refuses.
pub fn quoted(names: &mut Table, text: &str) {
    let inside = text.split('"').skip(1).step_by(2);
    for name in inside.filter(|name| !name.contains(char::is_whitespace)) {
        add(names, "object", name);
    }
}

/// Names that a text carries in a form that is known: ARNs, service accounts, the identity of a cluster.
pub fn mentioned(names: &mut Table, text: &str) {
    for at in text.match_indices("arn:").map(|(at, _)| at) {
        let end = text[at..].find(|one: char| one.is_whitespace() || matches!(one, '"' | '\'' | ',' | '\\' | ')'));
        let arn = &text[at..end.map_or(text.len(), |end| at + end)];
        if let Some(resource) = arn.splitn(6, ':').nth(5) {
            of_resource(names, resource);
        }
    }
    for rest in text.split("system:serviceaccount:").skip(1) {
        let mut parts = rest.split(|one: char| one.is_whitespace() || matches!(one, ':' | '"' | '\'' | ',' | ')'));
        add(names, "namespace", parts.next().unwrap_or_default());
        add(names, "service-account", parts.next().unwrap_or_default());
    }
    for rest in text.split("ser \"").skip(1) {
        // As the API server says who was refused: User "jane" cannot get …
        add(names, "user", rest.split('"').next().unwrap_or_default());
    }
    for part in tokens(text).flat_map(|token| token.split('.')).filter(|part| is_cluster_identity(part)) {
        names.add("identity", part);
    }
}

/// The resource of an ARN: `role/PATH/NAME`, `assumed-role/NAME/SESSION`, `cluster/NAME`, a bucket, …
fn of_resource(names: &mut Table, resource: &str) {
    let (kind, rest) = resource.split_once('/').unwrap_or(("", resource));
    let (before, last) = rest.rsplit_once('/').unwrap_or(("", rest));
    match kind {
        "oidc-provider" => {}
        "role" | "user" | "cluster" | "policy" => {
            add(names, "path", before);
            let kind = match kind {
                "role" => "role",
                "user" => "user",
                "cluster" => "cluster",
                _ => "policy",
            };
            add(names, kind, last);
        }
        "assumed-role" => {
            add(names, "role", before);
            add(names, "session", last);
        }
        _ => add(names, "resource", rest),
    }
}
