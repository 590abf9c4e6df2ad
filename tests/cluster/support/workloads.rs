//! Nodes, pods and workloads as objects, and the part of scheduler and kubelet that makes pods run.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::agent;
use super::api::{Api, eventually, merged};
use super::kubelet::POD_ADDRESS;
use super::scene::Machine;

/// Makes a node that is ready, with a kubelet that answers there, and gives its name.
pub fn node(api: &Api, name: &str, machine: Machine, kubelet: Value) -> String {
    let name = match machine {
        Machine::Fargate => format!("fargate-ip-10-0-1-7.{name}.eu-west-1.compute.internal"),
        _ => format!("ip-10-0-1-7.{name}.eu-west-1.compute.internal"),
    };
    let os = if machine == Machine::Windows { "windows" } else { "linux" };
    let (label, value) = match machine {
        Machine::Auto => ("eks.amazonaws.com/compute-type", "auto"),
        Machine::Fargate => ("eks.amazonaws.com/compute-type", "fargate"),
        _ => ("eks.amazonaws.com/nodegroup", "default"),
    };
    let body = json!({
        "metadata": { "name": name, "labels": {
            "kubernetes.io/os": os, "kubernetes.io/arch": "amd64", "kubernetes.io/hostname": name, label: value,
        } },
        "spec": { "providerID": "aws:///eu-west-1a/i-0123456789abcdef0" },
    });
    api.create("/api/v1/nodes", &body);
    let path = format!("/api/v1/nodes/{name}");
    // The controller that does so is not run.
    api.patch(&path, &json!({ "spec": { "taints": null } }));
    let status = merged(kubelet, json!({ "conditions": [ready(true)] }));
    api.patch(&format!("{path}/status"), &json!({ "status": status }));
    if machine == Machine::Linux {
        let place = Place { api, namespace: "kube-system", node: &name };
        place.run(&agent::pod_for(api, &name));
    }
    name
}

/// The manifest of pod `api` of service account `api`, with a merge patch.
pub fn manifest(patch: Value) -> Value {
    let manifest = json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": { "name": "api", "labels": { "app": "api" } },
        "spec": { "serviceAccountName": "api", "containers": [container("app")] },
    });
    merged(manifest, patch)
}

/// A container that sets nothing itself.
pub fn container(name: &str) -> Value {
    json!({ "name": name, "image": "registry.example/api:1.4.2" })
}

/// A container with variables.
pub fn container_with(name: &str, env: &[(&str, &str)]) -> Value {
    let env: Vec<_> = env.iter().map(|(name, value)| json!({ "name": name, "value": value })).collect();
    merged(container(name), json!({ "env": env }))
}

/// A namespace, and the node on which its pods run.
#[derive(Clone, Copy)]
pub struct Place<'a> {
    /// The API server.
    pub api: &'a Api,
    /// The namespace.
    pub namespace: &'a str,
    /// The node.
    pub node: &'a str,
}

impl Place<'_> {
    fn pods(&self) -> String {
        format!("/api/v1/namespaces/{}/pods", self.namespace)
    }

    /// Makes a pod, lets it run, and gives it as it came out of admission.
    pub fn pod(&self, patch: Value) -> Value {
        let pod = self.api.create(&self.pods(), &manifest(patch));
        self.run(pod["metadata"]["name"].as_str().expect("a name"));
        pod
    }

    /// Makes a workload whose template is that of pod `api` with a merge patch, and lets its pods run. Gives their names.
    pub fn workload(&self, kind: &str, name: &str, pods: usize, patch: Value) -> Vec<String> {
        let (group, plural, spec) = match kind {
            "Job" => ("batch/v1", "jobs", json!({ "completions": pods, "parallelism": pods })),
            "DaemonSet" => ("apps/v1", "daemonsets", json!({})),
            "StatefulSet" => (
                "apps/v1",
                "statefulsets",
                json!({ "replicas": pods, "serviceName": name,
                "podManagementPolicy": "Parallel" }),
            ),
            _ => ("apps/v1", "deployments", json!({ "replicas": pods })),
        };
        let labels = json!({ "app": name });
        let mut template = manifest(merged(patch, json!({ "metadata": { "name": null, "labels": labels } })));
        template["apiVersion"].take();
        template["kind"].take();
        let mut spec = merged(spec, json!({ "template": template }));
        match kind {
            "Job" => spec["template"]["spec"]["restartPolicy"] = json!("Never"),
            _ => spec["selector"] = json!({ "matchLabels": labels }),
        }
        let body = json!({ "apiVersion": group, "kind": kind, "metadata": { "name": name }, "spec": spec });
        self.api.create(&format!("/apis/{group}/namespaces/{}/{plural}", self.namespace), &body);
        self.run_all(&format!("app={name}"), pods)
    }

    /// Waits for so many pods with this label and lets them run. Gives their names.
    pub fn run_all(&self, selector: &str, pods: usize) -> Vec<String> {
        let path = format!("{}?labelSelector={selector}", self.pods());
        let made = eventually("the pods of the workload", || {
            let made = self.api.list(&path);
            (made.len() == pods).then_some(made)
        });
        let names = made.iter().filter_map(|pod| pod["metadata"]["name"].as_str());
        names
            .map(|name| {
                self.run(name);
                name.to_owned()
            })
            .collect()
    }

    /// Binds a pod to the node, as a scheduler does, and lets its containers run, as a kubelet does.
    pub fn run(&self, name: &str) {
        self.bind(name);
        self.report(name, json!({ "running": { "startedAt": now() } }), true);
    }

    /// Binds a pod to the node.
    pub fn bind(&self, name: &str) {
        let target = json!({ "apiVersion": "v1", "kind": "Node", "name": self.node });
        let binding = json!({ "apiVersion": "v1", "kind": "Binding", "metadata": { "name": name }, "target": target });
        self.api.create(&format!("{}/{name}/binding", self.pods()), &binding);
    }

    /// Writes the status of a pod whose containers are all in one state.
    pub fn report(&self, name: &str, state: Value, is_ready: bool) {
        let path = format!("{}/{name}", self.pods());
        let pod = self.api.get(&path);
        let of = |list: &str| -> Vec<Value> {
            let all = pod["spec"][list].as_array().into_iter().flatten();
            all.map(|container| {
                json!({ "name": container["name"], "image": container["image"], "imageID": "", "ready": is_ready,
                        "restartCount": if is_ready { 0 } else { 7 }, "state": state })
            })
            .collect()
        };
        let status = json!({
            "phase": if is_ready { "Running" } else { "Pending" },
            "podIP": POD_ADDRESS,
            "podIPs": [{ "ip": POD_ADDRESS }],
            "hostIP": "10.0.1.7",
            "startTime": now(),
            "conditions": [ready(is_ready)],
            "containerStatuses": of("containers"),
            "initContainerStatuses": of("initContainers"),
        });
        self.api.patch(&format!("{path}/status"), &json!({ "status": status }));
    }
}

fn ready(is_ready: bool) -> Value {
    let status = if is_ready { "True" } else { "False" };
    json!({ "type": "Ready", "status": status, "lastTransitionTime": now(), "reason": "Kubelet", "message": "" })
}

fn now() -> String {
    // Kubernetes keeps whole seconds.
    Timestamp::from_second(Timestamp::now().as_second()).expect("a time").to_string()
}
