//! What roles allow, by RBAC's rules.

use serde_json::Value;

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
    let here = |role: &&Value| {
        role["kind"] == "ClusterRole" || role["metadata"]["namespace"].as_str() == collection.namespace.as_deref()
    };
    let has = |list: &Value, word: &str| list.as_array().is_some_and(|list| list.iter().any(|one| one == word));
    let granted = roles.as_array().into_iter().flatten().filter(here).filter_map(|role| role["rules"].as_array());
    let resource = format!("{}{below}", collection.plural);
    granted.flatten().any(|rule| {
        has(&rule["apiGroups"], collection.group().unwrap_or_default())
            && has(&rule["resources"], &resource)
            && has(&rule["verbs"], verb)
    })
}
