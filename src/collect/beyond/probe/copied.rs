//! A container of the probe's own that stands where another one does: with its variables, its token and its user, and no
//! right beyond what PodSecurity *restricted* allows.

use serde_json::{Map, Value, json};

use super::image::Image;
use crate::evidence::kubernetes::environment::is_relevant;

/// The user where neither container nor pod says one: nobody in particular, and not root.
const USER: i64 = 65532;
/// Variables that name files which decide about credentials, or which the probe reads.
const FILES: [&str; 6] = [
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_CONFIG_FILE",
    "AWS_CA_BUNDLE",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "SSL_CERT_FILE",
];

/// Variables whose values are secrets; the probe asks the agent without them.
const SECRET: [&str; 4] =
    ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_CONTAINER_AUTHORIZATION_TOKEN"];

/// What makes one copy differ from another.
#[derive(Debug, Clone, Copy)]
pub(super) struct Copy<'a> {
    /// The new container's name.
    pub name: &'a str,
    /// Its image.
    pub image: &'a Image,
    /// What it runs.
    pub command: &'a [String],
}

/// A container of a pod's specification, by name.
pub(super) fn find<'p>(pod: &'p Value, name: &str) -> Option<&'p Value> {
    let lists = ["containers", "initContainers"].into_iter().filter_map(|list| pod["spec"][list].as_array());
    lists.flatten().find(|container| container["name"] == name)
}

/// The copy of a container.
pub(super) fn of(pod: &Value, container: &Value, copy: Copy<'_>) -> Value {
    let mut made = Map::new();
    made.insert("name".to_owned(), json!(copy.name));
    made.insert("image".to_owned(), json!(copy.image.name));
    made.insert("imagePullPolicy".to_owned(), json!(copy.image.pull_policy()));
    made.insert("command".to_owned(), json!(copy.command));
    made.insert("stdin".to_owned(), json!(true));
    made.insert("stdinOnce".to_owned(), json!(true));
    made.insert("terminationMessagePolicy".to_owned(), json!("File"));
    // The image is somebody else's: of the application's variables it gets those that SDKs look at, and none that is a secret.
    let told =
        |variable: &&Value| variable["name"].as_str().is_some_and(|name| is_relevant(name) && !SECRET.contains(&name));
    made.insert("env".to_owned(), list(&container["env"]).filter(told).cloned().collect());
    made.insert("volumeMounts".to_owned(), mounts(container).into());
    made.insert("securityContext".to_owned(), security(pod, container));
    Value::Object(made)
}

/// The mounts that hold the token, and files that variables name; never in a part of a volume, which copies may not have.
pub(super) fn mounts(container: &Value) -> Vec<Value> {
    let files: Vec<&str> = list(&container["env"])
        .filter(|variable| FILES.iter().any(|name| variable["name"] == *name))
        .filter_map(|variable| variable["value"].as_str())
        .collect();
    let holds = |mount: &&Value| {
        let path = mount["mountPath"].as_str().unwrap_or_default().trim_end_matches('/');
        let is_whole = mount["subPath"].is_null() && mount["subPathExpr"].is_null();
        is_whole && path.len() > 1 && files.iter().any(|file| file.starts_with(&format!("{path}/")))
    };
    let read_only = |mount: &Value| json!({ "name": mount["name"], "mountPath": mount["mountPath"], "readOnly": true });
    list(&container["volumeMounts"]).filter(holds).map(read_only).collect()
}

/// The user of the container, else of the pod; nothing else that the container may do.
fn security(pod: &Value, container: &Value) -> Value {
    let of = |field: &str| {
        let own = &container["securityContext"][field];
        if own.is_null() { pod["spec"]["securityContext"][field].as_i64() } else { own.as_i64() }
    };
    let user = of("runAsUser").unwrap_or(USER);
    let mut context = json!({
        "runAsUser": user,
        "runAsNonRoot": user != 0,
        "allowPrivilegeEscalation": false,
        "capabilities": { "drop": ["ALL"] },
        "seccompProfile": { "type": "RuntimeDefault" },
    });
    if let Some(group) = of("runAsGroup") {
        context["runAsGroup"] = json!(group);
    }
    context
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Copy, Image, of};

    fn image() -> Image {
        Image { name: "busybox".to_owned() }
    }

    #[test]
    fn a_copy_has_variables_token_and_user_and_nothing_else() {
        let token = "/var/run/secrets/pods.eks.amazonaws.com/serviceaccount";
        let container = json!({ "name": "app", "image": "app:1", "ports": [{ "containerPort": 80 }],
            "envFrom": [{ "secretRef": { "name": "database" } }],
            "env": [{ "name": "DATABASE_PASSWORD", "value": "hunter2" },
                    { "name": "AWS_SECRET_ACCESS_KEY", "valueFrom": { "secretKeyRef": { "name": "a", "key": "b" } } },
                    { "name": "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "value": format!("{token}/eks-pod-identity-token") }],
            "volumeMounts": [{ "name": "data", "mountPath": "/data" }, { "name": "root", "mountPath": "/" },
                             { "name": "eks-pod-identity-token", "mountPath": token, "readOnly": true }],
            "securityContext": { "privileged": true } });
        let pod = json!({ "spec": { "securityContext": { "runAsUser": 1000 }, "containers": [container] } });
        let made = of(&pod, &container, Copy { name: "probe", image: &image(), command: &["true".to_owned()] });
        assert_eq!(made["securityContext"]["runAsUser"], 1000);
        assert_eq!(made["securityContext"]["privileged"], json!(null));
        assert_eq!(
            made["volumeMounts"],
            json!([{ "name": "eks-pod-identity-token", "mountPath": token, "readOnly": true }])
        );
        assert_eq!((&made["ports"], &made["envFrom"]), (&json!(null), &json!(null)));
        assert_eq!(made["env"], json!([container["env"][2]]));
    }

    #[test]
    fn the_user_is_the_containers_then_the_pods_then_nobody() {
        let user = |pod, container| {
            let (pod, container) =
                (json!({ "spec": { "securityContext": pod } }), json!({ "securityContext": container }));
            of(&pod, &container, Copy { name: "p", image: &image(), command: &[] })["securityContext"]["runAsUser"]
                .clone()
        };
        assert_eq!(user(json!({ "runAsUser": 1 }), json!({ "runAsUser": 2 })), 2);
        assert_eq!(user(json!({ "runAsUser": 1 }), json!({})), 1);
        assert_eq!(user(json!(null), json!(null)), 65532);
        assert_eq!(user(json!(null), json!({ "runAsUser": 0 })), 0);
    }
}
