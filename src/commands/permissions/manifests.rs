//! What is wanted as Kubernetes manifests and as an IAM policy, ready to be applied.

use serde_json::{Value, json};

use super::AGENT_NAMESPACE;
use super::wanted::Wanted;
use crate::cli::informative::PermissionLevel;
use crate::evidence::source::{Permission, Scope};

/// The manifests: what is cluster-wide, what is needed where the agent is, and what is needed where the pods are.
pub fn rbac(wanted: &Wanted, namespaces: &[String]) -> Vec<Value> {
    let name = format!("kubectl-podid-{}", wanted.levels().last().copied().unwrap_or_default());
    let cluster =
        rules(wanted, |scope| scope == Scope::Cluster || namespaces.is_empty() && scope == Scope::TargetNamespace);
    let mut manifests = vec![json!({
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "metadata": { "name": name },
        "rules": cluster,
    })];
    let mut role = |namespace: &str, rules: Vec<Value>| {
        manifests.push(json!({
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "Role",
            "metadata": { "name": name, "namespace": namespace },
            "rules": rules,
        }));
    };
    let mut agent = rules(wanted, |scope| scope == Scope::AgentNamespace);
    for namespace in namespaces {
        let target = rules(wanted, |scope| scope == Scope::TargetNamespace);
        if namespace == AGENT_NAMESPACE { agent.extend(target) } else { role(namespace, target) }
    }
    role(AGENT_NAMESPACE, agent);
    manifests
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
            let mut word = level.word().to_owned();
            word[..1].make_ascii_uppercase();
            let sid = format!("KubectlPodid{word}");
            statements.push(json!({ "Sid": sid, "Effect": "Allow", "Action": actions, "Resource": "*" }));
        }
    }
    json!({ "Version": "2012-10-17", "Statement": statements })
}
