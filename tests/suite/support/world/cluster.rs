//! From evidence to the objects of the played Kubernetes API.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::SECRET;
use crate::support::kubernetes::{Objects, path_of};

/// Evidence's clock in the form of the header `Date`.
pub fn date(evidence: &Value) -> String {
    let now: Timestamp = evidence["collectedAt"].as_str().and_then(|text| text.parse().ok()).expect("a time");
    now.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// The objects that the evidence was read from.
pub fn objects(evidence: &Value) -> Objects {
    let mut objects = Objects::default();
    let mut put = |field: &str, api_version: &str, kind: &str| {
        for object in every(&evidence[field]) {
            objects.put(typed(object, api_version, kind));
        }
    };
    put("serviceAccount", "v1", "ServiceAccount");
    put("namespace", "v1", "Namespace");
    put("node", "v1", "Node");
    put("agentDaemonSets", "apps/v1", "DaemonSet");
    put("networkPolicies", "networking.k8s.io/v1", "NetworkPolicy");
    put("agentPods", "v1", "Pod");
    put("nodeClass", "eks.amazonaws.com/v1", "NodeClass");
    put("ec2NodeClass", "karpenter.k8s.aws/v1", "EC2NodeClass");
    put("webhooks", "admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration");
    for set in every(&evidence["networkEngines"]["daemonSets"]) {
        objects.put(typed(set, "apps/v1", "DaemonSet"));
    }
    for pod in every(&evidence["pod"]) {
        objects.put(with_secrets(typed(pod, "v1", "Pod")));
    }
    let namespace = &evidence["target"]["namespace"];
    for root in every(&evidence["rootCertificates"]) {
        let metadata = json!({ "name": "kube-root-ca.crt", "namespace": namespace });
        objects.put(json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": root["data"] }));
    }
    if let Some(owner) = every(&evidence["owner"]).first() {
        workload(owner, evidence, &mut objects);
    }
    for agent in every(&evidence["agentPods"]) {
        let path = path_of(&typed(agent, "v1", "Pod"));
        objects.serve(&format!("{path}/log"), Value::String(log(evidence)));
    }
    let version = evidence["version"]["gitVersion"].as_str().unwrap_or("v1.34.0");
    objects.serve("/version", json!({ "major": "1", "minor": "34", "gitVersion": version, "platform": "linux/amd64" }));
    objects
}

/// The objects of a reading: none for a gap and for what is absent.
fn every(reading: &Value) -> Vec<&Value> {
    match reading {
        Value::Array(list) => list.iter().collect(),
        Value::Object(fields) if !fields.contains_key("unavailable") => vec![reading],
        _ => Vec::new(),
    }
}

fn typed(object: &Value, api_version: &str, kind: &str) -> Value {
    let mut typed = json!({ "apiVersion": api_version, "kind": kind });
    let fields = typed.as_object_mut().expect("an object");
    fields.extend(object.as_object().expect("an object").clone());
    typed
}

/// Puts secrets where pods have them: none of them may be read into evidence.
fn with_secrets(mut pod: Value) -> Value {
    pod["metadata"]["annotations"] = match pod["metadata"]["annotations"].take() {
        Value::Object(annotations) => Value::Object(annotations),
        _ => json!({}),
    };
    pod["metadata"]["annotations"]["kubectl.kubernetes.io/last-applied-configuration"] = json!(SECRET);
    for container in pod["spec"]["containers"].as_array_mut().expect("containers") {
        container["command"] = json!(["/app", format!("--password={SECRET}")]);
        let env = container["env"].as_array_mut().expect("variables");
        env.push(json!({ "name": "DATABASE_PASSWORD", "value": format!("{SECRET}-database") }));
        env.push(json!({ "name": "HTTPS_PROXY_PASSWORD", "value": format!("{SECRET}-proxy") }));
    }
    pod
}

/// What the agent logged: requests of the pod and answers from its cache, and a line that no evidence may hold.
fn log(evidence: &Value) -> String {
    let address = evidence["pod"]["status"]["podIP"].as_str().unwrap_or("10.0.0.1");
    let mut lines = String::new();
    if let Some(time) = evidence["agentLog"]["node"]["lastFetched"].as_str() {
        let message = "Successfully fetched credentials from EKS Auth";
        let line = json!({ "client-addr": "10.0.1.99:40000", "level": "info", "msg": message, "time": time });
        lines.push_str(&format!("{line}\n"));
    }
    for outcome in evidence["agentLog"]["outcomes"].as_array().into_iter().flatten() {
        let client = format!("{address}:{}", outcome["port"]);
        let (level, message) = match outcome["event"].as_str() {
            Some("requested") => ("info", format!("handling new request request from {client}")),
            Some("cached") => ("trace", "Using cached credentials".to_owned()),
            other => panic!("{other:?} is not played"),
        };
        let line = json!({ "client-addr": client, "level": level, "msg": message, "time": outcome["time"] });
        lines.push_str(&format!("{line}\n"));
    }
    let noise = json!({ "client-addr": format!("{address}:1"), "level": "trace", "msg": SECRET, "authorization": SECRET,
        "time": evidence["collectedAt"] });
    format!("{lines}{noise}\n")
}

/// The replica set and the deployment above a pod.
fn workload(owner: &Value, evidence: &Value, objects: &mut Objects) {
    let namespace = &evidence["target"]["namespace"];
    let labels = json!({ "app": "api" });
    let template = json!({
        "metadata": { "labels": labels },
        "spec": { "serviceAccountName": owner["templateServiceAccount"], "containers": owner["templateContainers"] },
    });
    let spec = json!({ "replicas": 1, "selector": { "matchLabels": labels }, "template": template });
    let metadata = json!({ "name": owner["name"], "namespace": namespace, "uid": "deployment-1" });
    objects.put(json!({ "apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": spec }));
    let above = json!({ "apiVersion": "apps/v1", "kind": "Deployment", "name": owner["name"], "controller": true });
    for reference in evidence["pod"]["metadata"]["ownerReferences"].as_array().into_iter().flatten() {
        let metadata = json!({ "name": reference["name"], "namespace": namespace, "ownerReferences": [above] });
        objects.put(json!({ "apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": metadata, "spec": spec }));
    }
}
