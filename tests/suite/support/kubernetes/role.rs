//! What roles allow, by RBAC's rules.

use serde_json::{Value, json};

use super::objects::{Collection, split};

/// Whether manifests of roles and cluster roles, all bound to the user, allow this path to be read.
pub fn allow(roles: &Value, path: &str) -> bool {
    let (path, below) = path.strip_suffix("/log").map_or((path, ""), |pod| (pod, "/log"));
    let (collection, verb) = match (Collection::read(path), split(path)) {
        (Some(collection), _) => (collection, "list"),
        (None, Some((parent, _))) => match Collection::read(parent) {
            Some(collection) => (collection, "get"),
            None => return path == "/version",
        },
        (None, None) => return false,
    };
    let resource = format!("{}{below}", collection.plural);
    grant(roles, collection.group().unwrap_or_default(), &resource, verb, collection.namespace.as_deref())
}

/// Whether they allow a verb on a resource of a group, in a namespace or in the whole cluster.
pub fn grant(roles: &Value, group: &str, resource: &str, verb: &str, namespace: Option<&str>) -> bool {
    let here = |role: &&Value| role["kind"] == "ClusterRole" || role["metadata"]["namespace"].as_str() == namespace;
    let has = |list: &Value, word: &str| list.as_array().is_some_and(|list| list.iter().any(|one| one == word));
    let granted = roles.as_array().into_iter().flatten().filter(here).filter_map(|role| role["rules"].as_array());
    granted
        .flatten()
        .any(|rule| has(&rule["apiGroups"], group) && has(&rule["resources"], resource) && has(&rule["verbs"], verb))
}

/// Where the user asks for their own rights.
pub const REVIEWS: &str = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";

/// Answers a review of access; without roles the user may do everything.
pub fn review(roles: Option<&Value>, body: &[u8]) -> Value {
    let mut review: Value = serde_json::from_slice(body).expect("a review");
    let asked = &review["spec"]["resourceAttributes"];
    let text = |name: &str| asked[name].as_str().unwrap_or_default();
    let resource = match text("subresource") {
        "" => text("resource").to_owned(),
        below => format!("{}/{below}", text("resource")),
    };
    let allowed =
        roles.is_none_or(|roles| grant(roles, text("group"), &resource, text("verb"), asked["namespace"].as_str()));
    review["status"] = json!({ "allowed": allowed });
    review
}
