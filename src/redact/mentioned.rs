//! Names that a text carries in a form that is known: hosts, images, arguments, ARNs, service accounts.

use serde_json::Value;

use super::gather::add;
use super::table::Table;
use super::token::{is_address, is_cluster_identity, tokens};

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
