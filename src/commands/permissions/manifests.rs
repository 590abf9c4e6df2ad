//! What is wanted as Kubernetes manifests and as an IAM policy, ready to be applied.

use serde_json::{Value, json};

use super::wanted::Wanted;
use crate::cli::informative::PermissionLevel;
use crate::evidence::source::{Permission, SYSTEM_NAMESPACE, Scope};

/// The manifests: what is cluster-wide, what is needed where the pods are, and what is needed where the agent is.
pub fn rbac(wanted: &Wanted, namespaces: &[String]) -> Vec<Value> {
    let name = format!("kubectl-podid-{}", wanted.levels().last().copied().unwrap_or_default());
    let everywhere = |scope| match scope {
        Scope::WholeCluster | Scope::AllNamespaces => true,
        Scope::TargetNamespace => namespaces.is_empty(),
        Scope::AgentNamespace | Scope::SystemNamespace => false,
    };
    let cluster = rules(wanted, everywhere);
    let mut manifests = vec![json!({
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "metadata": { "name": name },
        "rules": &cluster,
    })];
    for namespace in places(wanted, namespaces) {
        let is_target = namespaces.iter().any(|one| one == namespace);
        let here = |scope| match scope {
            Scope::WholeCluster | Scope::AllNamespaces => false,
            Scope::TargetNamespace => is_target,
            Scope::AgentNamespace => namespace == wanted.agent_namespace,
            Scope::SystemNamespace => namespace == SYSTEM_NAMESPACE,
        };
        manifests.push(json!({
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "Role",
            "metadata": { "name": name, "namespace": namespace },
            "rules": without(rules(wanted, here), &cluster),
        }));
    }
    manifests
}

/// A binding for each role, to a group that is to be named.
pub fn bindings(roles: &[Value]) -> Vec<Value> {
    let binding = |role: &Value| {
        json!({
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": format!("{}Binding", role["kind"].as_str().unwrap_or_default()),
            "metadata": &role["metadata"],
            "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": &role["kind"], "name": &role["metadata"]["name"] },
            "subjects": [{ "apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "ON-CALL" }],
        })
    };
    roles.iter().map(binding).collect()
}

/// The namespaces that get a role of their own: those of the pods, that of the agent, and last `kube-system`.
fn places<'a>(wanted: &'a Wanted, namespaces: &'a [String]) -> Vec<&'a str> {
    let mut places: Vec<&str> = Vec::new();
    let named = namespaces.iter().map(String::as_str).chain([wanted.agent_namespace.as_str()]);
    for namespace in named.filter(|namespace| *namespace != SYSTEM_NAMESPACE).chain([SYSTEM_NAMESPACE]) {
        if !places.contains(&namespace) {
            places.push(namespace);
        }
    }
    places
}

/// Leaves out what is allowed in the whole cluster already.
fn without(rules: Vec<Value>, everywhere: &[Value]) -> Vec<Value> {
    let verbs = |rule: &Value| rule["verbs"].as_array().cloned().unwrap_or_default();
    let is_given = |rule: &Value, verb: &Value| {
        let same = |other: &&Value| ["apiGroups", "resources"].iter().all(|key| other[*key] == rule[*key]);
        everywhere.iter().filter(same).any(|other| verbs(other).contains(verb))
    };
    let lacking = rules.into_iter().map(|mut rule| {
        let left: Vec<Value> = verbs(&rule).into_iter().filter(|verb| !is_given(&rule, verb)).collect();
        rule["verbs"] = left.into();
        rule
    });
    lacking.filter(|rule| !verbs(rule).is_empty()).collect()
}

/// One rule for each API group and resource, with the union of the verbs.
fn rules(wanted: &Wanted, is_here: impl Fn(Scope) -> bool) -> Vec<Value> {
    let mut merged: Vec<(&str, &str, Vec<&str>)> = Vec::new();
    for (_, permission) in wanted.all() {
        let Permission::Rule { verb, group, resources, scope } = permission else { continue };
        if !is_here(scope) {
            continue;
        }
        for resource in resources {
            match merged.iter_mut().find(|(known_group, known, _)| *known_group == group && known == resource) {
                Some((_, _, verbs)) if verbs.contains(&verb) => {}
                Some((_, _, verbs)) => verbs.push(verb),
                None => merged.push((group, resource, vec![verb])),
            }
        }
    }
    merged
        .into_iter()
        .map(|(group, resource, verbs)| json!({ "apiGroups": [group], "resources": [resource], "verbs": verbs }))
        .collect()
}

/// The policy: a statement for each level that needs something of AWS.
pub fn iam(wanted: &Wanted) -> Value {
    let mut statements = Vec::new();
    for level in PermissionLevel::ALL {
        let actions: Vec<&str> = wanted
            .all()
            .into_iter()
            .filter_map(|(own, permission)| match permission {
                Permission::Action(action) if own == *level => Some(action),
                _ => None,
            })
            .collect();
        if !actions.is_empty() {
            // A Sid has letters and digits only.
            let mut word = level.word().replace('-', "");
            word[..1].make_ascii_uppercase();
            let sid = format!("KubectlPodid{word}");
            statements.push(json!({ "Sid": sid, "Effect": "Allow", "Action": actions, "Resource": "*" }));
        }
    }
    json!({ "Version": "2012-10-17", "Statement": statements })
}
