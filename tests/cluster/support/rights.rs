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

fn binding(user: &str, kind: &str) -> Value {
    json!({
        "metadata": { "name": user },
        "roleRef": { "apiGroup": GROUP, "kind": kind, "name": user },
        "subjects": [{ "apiGroup": GROUP, "kind": "User", "name": user }],
    })
}

/// The API server decides by what it has read of the bindings, which takes it a moment.
fn wait(api: &Api, user: &str, rule: &Value, namespace: Option<&str>) {
    let attributes = json!({ "group": rule["apiGroups"][0], "resource": rule["resources"][0],
        "verb": rule["verbs"][0], "namespace": namespace });
    let review = json!({ "spec": { "user": user, "resourceAttributes": attributes } });
    eventually("the rights of the user", || {
        let answer = api.create("/apis/authorization.k8s.io/v1/subjectaccessreviews", &review);
        (answer["status"]["allowed"] == true).then_some(())
    });
}
