//! Rights for the users that begin without any, and the wait until the API server knows them.

use serde_json::{Value, json};

use super::api::{Api, eventually};

const GROUP: &str = "rbac.authorization.k8s.io";

/// One rule: these verbs on these resources of a group.
pub fn rule(group: &str, resources: &[&str], verbs: &[&str]) -> Value {
    json!({ "apiGroups": [group], "resources": resources, "verbs": verbs })
}

/// Gives a user rights in one namespace.
pub fn grant(api: &Api, namespace: &str, user: &str, rules: &[Value]) {
    let place = format!("/apis/{GROUP}/v1/namespaces/{namespace}");
    api.create(&format!("{place}/roles"), &json!({ "metadata": { "name": user }, "rules": rules }));
    api.create(&format!("{place}/rolebindings"), &binding(user, "Role"));
    wait(api, user, &rules[0], Some(namespace));
}

/// Rights in the whole cluster, until they are dropped.
pub struct Everywhere<'a> {
    api: &'a Api,
    user: String,
}

impl<'a> Everywhere<'a> {
    /// Gives a user rights in the whole cluster. Only one test may do so for one user.
    pub fn grant(api: &'a Api, user: &str, rules: &[Value]) -> Self {
        let granted = Self { api, user: user.to_owned() };
        granted.revoke();
        let place = format!("/apis/{GROUP}/v1");
        api.create(&format!("{place}/clusterroles"), &json!({ "metadata": { "name": user }, "rules": rules }));
        api.create(&format!("{place}/clusterrolebindings"), &binding(user, "ClusterRole"));
        wait(api, user, &rules[0], None);
        granted
    }

    fn revoke(&self) {
        for kind in ["clusterrolebindings", "clusterroles"] {
            self.api.delete(&format!("/apis/{GROUP}/v1/{kind}/{}", self.user));
        }
    }
}

impl Drop for Everywhere<'_> {
    fn drop(&mut self) {
        self.revoke();
    }
}

/// Manifests of roles, applied exactly and bound to a user.
pub struct Manifests {
    places: Vec<(String, String)>,
    all: Vec<Value>,
    user: String,
}

/// One verb on one resource, in one of the manifests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct One {
    manifest: usize,
    /// The API group, empty for the core group.
    pub group: String,
    /// The plural resource name, with its subresource.
    pub resource: String,
    /// The verb.
    pub verb: String,
}

impl One {
    /// All of a manifest, which is the one with this number.
    pub fn all(manifest: usize, value: &Value) -> Vec<Self> {
        let mut all = Vec::new();
        for rule in value["rules"].as_array().into_iter().flatten() {
            for (group, resource) in
                words(&rule["apiGroups"]).flat_map(|group| words(&rule["resources"]).map(move |own| (group, own)))
            {
                let own = |verb: &str| Self {
                    manifest,
                    group: group.to_owned(),
                    resource: resource.to_owned(),
                    verb: verb.to_owned(),
                };
                all.extend(words(&rule["verbs"]).map(own));
            }
        }
        all
    }

    fn as_rule(&self) -> Value {
        rule(&self.group, &[&self.resource], &[&self.verb])
    }
}

impl std::fmt::Display for One {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} {}", self.verb, self.resource)
    }
}

impl Manifests {
    /// Applies the manifests, and binds each to the user.
    pub fn apply(api: &Api, user: &str, all: Vec<Value>) -> Self {
        let places = all.iter().map(|manifest| bind(api, user, manifest)).collect();
        let manifests = Self { places, all, user: user.to_owned() };
        for (manifest, value) in manifests.all.iter().enumerate() {
            for one in One::all(manifest, value) {
                manifests.wait(api, &one, true);
            }
        }
        manifests
    }

    /// The manifests as they were printed.
    pub fn all(&self) -> &[Value] {
        &self.all
    }

    /// Takes one verb on one resource away, and waits until the API server knows.
    pub fn take(&self, api: &Api, taken: &One) {
        let left = One::all(taken.manifest, &self.all[taken.manifest]).into_iter().filter(|one| one != taken);
        let rules: Vec<Value> = left.map(|one| one.as_rule()).collect();
        api.patch(&self.places[taken.manifest].0, &json!({ "rules": rules }));
        self.wait(api, taken, false);
    }

    /// Gives back what was taken away.
    pub fn give_back(&self, api: &Api, taken: &One) {
        api.patch(&self.places[taken.manifest].0, &json!({ "rules": self.all[taken.manifest]["rules"] }));
        self.wait(api, taken, true);
    }

    /// Takes all of them away.
    pub fn remove(&self, api: &Api) {
        for (role, bound) in &self.places {
            api.delete(bound);
            api.delete(role);
        }
    }

    fn wait(&self, api: &Api, one: &One, allowed: bool) {
        wait_until(api, &self.user, &one.as_rule(), self.all[one.manifest]["metadata"]["namespace"].as_str(), allowed);
    }
}

/// Makes a role and its binding anew, and gives their paths.
fn bind(api: &Api, user: &str, manifest: &Value) -> (String, String) {
    let (kind, metadata) = (manifest["kind"].as_str().expect("a kind"), &manifest["metadata"]);
    let name = metadata["name"].as_str().expect("a name");
    let within = metadata["namespace"].as_str().map(|namespace| format!("namespaces/{namespace}/"));
    let place = format!("/apis/{GROUP}/v1/{}{}", within.unwrap_or_default(), kind.to_lowercase());
    let (role, bound) = (format!("{place}s/{name}"), format!("{place}bindings/{name}"));
    api.delete(&bound);
    api.delete(&role);
    api.create(&format!("{place}s"), manifest);
    let mut binding = binding(user, kind);
    binding["metadata"]["name"] = json!(name);
    binding["roleRef"]["name"] = json!(name);
    api.create(&format!("{place}bindings"), &binding);
    (role, bound)
}

fn words(list: &Value) -> impl Iterator<Item = &str> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str)
}

fn binding(user: &str, kind: &str) -> Value {
    json!({
        "metadata": { "name": user },
        "roleRef": { "apiGroup": GROUP, "kind": kind, "name": user },
        "subjects": [{ "apiGroup": GROUP, "kind": "User", "name": user }],
    })
}

fn wait(api: &Api, user: &str, rule: &Value, namespace: Option<&str>) {
    wait_until(api, user, rule, namespace, true);
}

/// The API server decides by what it has read of the bindings, which takes it a moment.
fn wait_until(api: &Api, user: &str, rule: &Value, namespace: Option<&str>, allowed: bool) {
    let resource = rule["resources"][0].as_str().unwrap_or_default();
    let (resource, subresource) = resource.split_once('/').unwrap_or((resource, ""));
    let attributes = json!({ "group": rule["apiGroups"][0], "resource": resource, "subresource": subresource,
        "verb": rule["verbs"][0], "namespace": namespace });
    let review = json!({ "spec": { "user": user, "resourceAttributes": attributes } });
    eventually("the rights of the user", || {
        let answer = api.create("/apis/authorization.k8s.io/v1/subjectaccessreviews", &review);
        (answer["status"]["allowed"] == allowed).then_some(())
    });
}
