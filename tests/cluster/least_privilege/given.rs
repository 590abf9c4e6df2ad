//! What is printed, one by one: rules that have one resource and one verb, and actions.

use std::collections::BTreeSet;

use podid::evidence::Source;
use podid::evidence::source::{Permission, Scope};
use serde_json::Value;

use crate::support::rights::One;

/// A rule or an action.
#[derive(Debug, Clone)]
pub enum Given {
    /// One verb on one resource, in the whole cluster or in a namespace.
    Rule { one: One, namespace: Option<String> },
    /// An IAM action.
    Action(String),
}

/// Everything that manifests and a policy give.
pub fn of(manifests: &[Value], actions: &[String]) -> Vec<Given> {
    let mut all = Vec::new();
    for (manifest, value) in manifests.iter().enumerate() {
        let namespace = value["metadata"]["namespace"].as_str().map(str::to_owned);
        let rules = One::all(manifest, value).into_iter();
        all.extend(rules.map(|one| Given::Rule { one, namespace: namespace.clone() }));
    }
    all.extend(actions.iter().cloned().map(Given::Action));
    all
}

impl Given {
    /// How the table of situations names it. Where the agent is, a rule is another one than where the pods are.
    pub fn name(&self) -> String {
        match self {
            Self::Rule { one, namespace } if namespace.as_deref() == Some("kube-system") => {
                format!("{one} in kube-system")
            }
            Self::Rule { one, .. } => one.to_string(),
            Self::Action(action) => action.clone(),
        }
    }

    /// The words in which a gap may ask for it.
    pub fn words(&self, target_namespace: &str) -> BTreeSet<String> {
        let sources = Source::ALL.iter().filter(|source| self.answers(source.permission()));
        let words = sources.filter_map(|source| source.permission_text(target_namespace, "kube-system"));
        // Names like that of a target that is not there are no source for each kind of target.
        let names = match self {
            Self::Rule { one, .. } if one.verb == "list" => Some(format!("{one} in {target_namespace}")),
            Self::Action(action) if action == "eks:ListClusters" => Some(action.clone()),
            _ => None,
        };
        words.chain(names).collect()
    }

    fn answers(&self, permission: Permission) -> bool {
        match (self, permission) {
            (Self::Action(action), Permission::Action(own)) => action == own,
            (Self::Rule { one, namespace }, Permission::Rule { verb, group, resources, scope }) => {
                let here = match (namespace.as_deref(), scope) {
                    (None, _) | (Some("kube-system"), Scope::AgentNamespace | Scope::SystemNamespace) => true,
                    (Some("kube-system"), _) => false,
                    (Some(_), scope) => scope == Scope::TargetNamespace,
                };
                here && one.verb == verb && one.group == group && resources.contains(&one.resource.as_str())
            }
            _ => false,
        }
    }
}
