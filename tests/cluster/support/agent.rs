//! The agent: its daemon set as the add-on installs it, and its pod on a node.

use serde_json::{Value, json};

use super::api::{Api, eventually};

const SETS: &str = "/apis/apps/v1/namespaces/kube-system/daemonsets";
const PODS: &str = "/api/v1/namespaces/kube-system/pods";
const NAME: &str = "eks-pod-identity-agent";

/// Installs the agent's daemon set, if it is not there.
pub fn install(api: &Api) {
    if api.find(&format!("{SETS}/{NAME}")).is_none() {
        api.create(SETS, &daemon_set());
    }
}

/// Takes the agent's daemon set away.
pub fn uninstall(api: &Api) {
    api.delete(&format!("{SETS}/{NAME}"));
    eventually("the agent's daemon set is gone", || api.find(&format!("{SETS}/{NAME}")).is_none().then_some(()));
}

/// Installs the agent anew, for another region, and takes its pod from a node.
pub fn move_to(api: &Api, node: &str, region: &str) {
    uninstall(api);
    remove_from(api, node);
    let mut set = daemon_set();
    set["spec"]["template"]["spec"]["containers"][0]["env"] = json!([{ "name": "AWS_REGION", "value": region }]);
    api.create(SETS, &set);
}

/// Changes the agent's daemon set by a merge patch.
pub fn change(api: &Api, patch: &Value) {
    api.patch(&format!("{SETS}/{NAME}"), patch);
}

/// Takes the cluster's name out of the daemon set's arguments; the pods that run stay as they are.
pub fn forget_cluster(api: &Api) {
    let mut set = api.get(&format!("{SETS}/{NAME}"));
    let container = &mut set["spec"]["template"]["spec"]["containers"][0];
    container["args"] = json!(["--port", "80", "--probe-port", "2703"]);
    let spec = json!({ "containers": [container] });
    change(api, &json!({ "spec": { "updateStrategy": { "type": "OnDelete" }, "template": { "spec": spec } } }));
}

/// Waits for the pod that the real controller makes for a node, and gives its name.
pub fn pod_for(api: &Api, node: &str) -> String {
    eventually("the agent's pod", || {
        let made = api.list(&format!("{PODS}?labelSelector=app.kubernetes.io/name={NAME}"));
        let pod = made.into_iter().find(|pod| is_for(pod, node))?;
        Some(pod["metadata"]["name"].as_str()?.to_owned())
    })
}

/// Removes the agent's pods from a node that is gone.
pub fn remove_from(api: &Api, node: &str) {
    for pod in api.list(&format!("{PODS}?labelSelector=app.kubernetes.io/name={NAME}")) {
        if is_for(&pod, node) {
            api.delete(&format!("{PODS}/{}", pod["metadata"]["name"].as_str().unwrap_or_default()));
        }
    }
}

/// The controller ties each pod of a daemon set to its node by the node's name.
fn is_for(pod: &Value, node: &str) -> bool {
    let affinity = &pod["spec"]["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"];
    affinity["nodeSelectorTerms"][0]["matchFields"][0]["values"] == json!([node])
}

fn daemon_set() -> Value {
    let labels = json!({ "app.kubernetes.io/name": NAME, "app.kubernetes.io/instance": NAME });
    let probe = json!({ "httpGet": { "host": "localhost", "path": "/readyz", "port": "probes-port" } });
    json!({
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": { "name": NAME, "labels": labels },
        "spec": {
            "selector": { "matchLabels": labels },
            "template": {
                "metadata": { "labels": labels },
                "spec": {
                    "hostNetwork": true,
                    "priorityClassName": "system-node-critical",
                    "tolerations": [{ "operator": "Exists" }],
                    "affinity": { "nodeAffinity": { "requiredDuringSchedulingIgnoredDuringExecution": {
                        "nodeSelectorTerms": [{ "matchExpressions": [
                            { "key": "kubernetes.io/os", "operator": "In", "values": ["linux"] },
                            { "key": "kubernetes.io/arch", "operator": "In", "values": ["amd64", "arm64"] },
                            { "key": "eks.amazonaws.com/compute-type", "operator": "NotIn",
                              "values": ["fargate", "hybrid", "auto"] },
                        ] }],
                    } } },
                    "containers": [{
                        "name": NAME,
                        "image": "602401143452.dkr.ecr.eu-west-1.amazonaws.com/eks/eks-pod-identity-agent:v0.1.37",
                        "command": ["/go-runner", "/eks-pod-identity-agent", "server"],
                        "args": ["--port", "80", "--cluster-name", "prod", "--probe-port", "2703"],
                        "ports": [{ "containerPort": 80, "name": "proxy" }, { "containerPort": 2703, "name": "probes-port" }],
                        "env": [{ "name": "AWS_REGION", "value": "eu-west-1" }],
                        "securityContext": { "capabilities": { "add": ["CAP_NET_BIND_SERVICE"] } },
                        "readinessProbe": probe,
                        "livenessProbe": probe,
                    }],
                },
            },
        },
    })
}
