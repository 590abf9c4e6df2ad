//! The objects of the played Kubernetes API, by their paths, and the collections they stand in.

use std::collections::BTreeMap;

use serde_json::Value;

/// What the API serves: group and version, plural, kind, whether objects are in namespaces.
const RESOURCES: &[(&str, &str, &str, bool)] = &[
    ("v1", "pods", "Pod", true),
    ("v1", "serviceaccounts", "ServiceAccount", true),
    ("v1", "configmaps", "ConfigMap", true),
    ("v1", "secrets", "Secret", true),
    ("v1", "events", "Event", true),
    ("v1", "namespaces", "Namespace", false),
    ("v1", "nodes", "Node", false),
    ("apps/v1", "deployments", "Deployment", true),
    ("apps/v1", "replicasets", "ReplicaSet", true),
    ("apps/v1", "statefulsets", "StatefulSet", true),
    ("apps/v1", "daemonsets", "DaemonSet", true),
    ("batch/v1", "jobs", "Job", true),
    ("batch/v1", "cronjobs", "CronJob", true),
    ("networking.k8s.io/v1", "networkpolicies", "NetworkPolicy", true),
    ("cilium.io/v2", "ciliumnetworkpolicies", "CiliumNetworkPolicy", true),
    ("cilium.io/v2", "ciliumclusterwidenetworkpolicies", "CiliumClusterwideNetworkPolicy", false),
    ("eks.amazonaws.com/v1", "nodeclasses", "NodeClass", false),
    ("karpenter.k8s.aws/v1", "ec2nodeclasses", "EC2NodeClass", false),
    ("admissionregistration.k8s.io/v1", "mutatingwebhookconfigurations", "MutatingWebhookConfiguration", false),
];

/// Objects by their paths.
#[derive(Debug, Clone, Default)]
pub struct Objects(BTreeMap<String, Value>);

impl Objects {
    /// Adds an object, or puts it in the place of the one of this name.
    pub fn put(&mut self, object: Value) {
        self.0.insert(path_of(&object), object);
    }

    /// Serves a document at a path that is no object's.
    pub fn serve(&mut self, path: &str, document: Value) {
        self.0.insert(path.to_owned(), document);
    }

    /// Takes an object away.
    pub fn remove(&mut self, path: &str) {
        assert!(self.0.remove(path).is_some(), "there is no {path}");
    }

    /// The object at a path.
    pub fn get(&self, path: &str) -> Option<&Value> {
        self.0.get(path)
    }

    /// The object at a path, to be changed.
    pub fn get_mut(&mut self, path: &str) -> Option<&mut Value> {
        self.0.get_mut(path)
    }

    /// The objects of a collection, in the order of their paths.
    pub fn of(&self, collection: &Collection) -> Vec<&Value> {
        let inside = |path: &str| {
            let found = split(path).and_then(|(parent, _)| Collection::read(parent));
            found.is_some_and(|found| {
                found.plural == collection.plural
                    && found.api_version == collection.api_version
                    && (collection.namespace.is_none() || found.namespace == collection.namespace)
            })
        };
        self.0.iter().filter(|(path, _)| inside(path)).map(|(_, object)| object).collect()
    }
}

/// The path of an object, from its type, namespace and name.
pub fn path_of(object: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (api_version, kind) = (text(&object["apiVersion"]), text(&object["kind"]));
    let known = RESOURCES.iter().find(|(own, _, known, _)| *own == api_version && *known == kind);
    let (_, plural, _, namespaced) = known.unwrap_or_else(|| panic!("{api_version} has no {kind}"));
    let name = text(&object["metadata"]["name"]);
    match namespaced {
        true => list_of(&api_version, plural, &text(&object["metadata"]["namespace"])) + "/" + &name,
        false => format!("{}/{plural}/{name}", root(&api_version)),
    }
}

/// The path of a collection in a namespace.
pub fn list_of(api_version: &str, plural: &str, namespace: &str) -> String {
    format!("{}/namespaces/{namespace}/{plural}", root(api_version))
}

fn root(api_version: &str) -> String {
    if api_version.contains('/') { format!("/apis/{api_version}") } else { format!("/api/{api_version}") }
}

/// Splits the last word off a path.
pub fn split(path: &str) -> Option<(&str, &str)> {
    path.rsplit_once('/').filter(|(_, name)| !name.is_empty())
}

/// An object as it stands in a list: the API leaves its type out.
pub fn without_type(object: &Value) -> Value {
    let mut object = object.clone();
    if let Some(fields) = object.as_object_mut() {
        fields.remove("kind");
        fields.remove("apiVersion");
    }
    object
}

/// A collection of objects.
#[derive(Debug)]
pub struct Collection {
    /// `v1`, `apps/v1` …
    pub api_version: &'static str,
    /// `pods`.
    pub plural: &'static str,
    /// `Pod`.
    pub kind: &'static str,
    /// The namespace; none for all, and for what is in none.
    pub namespace: Option<String>,
}

impl Collection {
    /// Reads the path of a list; `None` if it is none that the API serves.
    pub fn read(path: &str) -> Option<Self> {
        RESOURCES.iter().find_map(|(api_version, plural, kind, namespaced)| {
            let rest = path.strip_prefix(&root(api_version))?.strip_prefix('/')?;
            let namespace = match rest.split('/').collect::<Vec<_>>().as_slice() {
                [own] if own == plural => None,
                ["namespaces", namespace, own] if own == plural && *namespaced => Some((*namespace).to_owned()),
                _ => return None,
            };
            Some(Self { api_version, plural, kind, namespace })
        })
    }

    /// The API group, if it is not the core group.
    pub fn group(&self) -> Option<&'static str> {
        self.api_version.split_once('/').map(|(group, _)| group)
    }

    /// The name of the resource in messages: `pods`, `deployments.apps`.
    pub fn resource(&self) -> String {
        self.group().map_or(self.plural.to_owned(), |group| format!("{}.{group}", self.plural))
    }
}
