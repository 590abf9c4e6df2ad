//! Daemon sets of the probe: a pod for every node, the report that each prints, and the deletion.

use podid_doubles::http::{Request, Response};
use serde_json::{Value, json};

use super::status;

/// A cluster that makes a pod on each node for a daemon set.
#[derive(Debug, Clone, Default)]
pub struct EveryNode {
    /// The names of the nodes.
    pub nodes: Vec<String>,
    /// What each pod prints.
    pub report: Value,
    /// What is otherwise about the pods of single nodes: a merge patch by the name of the node, or null for no pod at all.
    pub otherwise: Vec<(String, Value)>,
    /// What is otherwise in the reports of single nodes.
    pub reports: Vec<(String, Value)>,
    /// The first list of pods is answered with this status.
    pub fails_once: Option<u16>,
    /// The daemon sets that are there.
    pub sets: Vec<Value>,
    /// How often the pods were listed to the end.
    pub looks: usize,
    /// How many pods were spoken with.
    pub attached: usize,
}

const SETS: &str = "/apis/apps/v1/namespaces/shop/daemonsets";
const PODS: &str = "/api/v1/namespaces/shop/pods";

impl EveryNode {
    /// What a pod prints, where the request is an attach.
    pub fn attached(&mut self, request: &Request) -> Option<Vec<u8>> {
        let name = request.path.strip_prefix(PODS)?.strip_prefix('/')?.strip_suffix("/attach")?;
        let node = self.nodes.iter().find(|node| name.ends_with(&format!("-on-{node}")))?.clone();
        self.attached += 1;
        let mut report = self.report.clone();
        if let Some((_, change)) = self.reports.iter().find(|(other, _)| *other == node) {
            super::merge(&mut report, change);
        }
        Some(format!("{report}\n").into_bytes())
    }

    /// Answers what concerns daemon sets of the probe; nothing where the request is another.
    pub fn answer(&mut self, request: &Request) -> Option<Response> {
        if self.nodes.is_empty() {
            return None;
        }
        if let Some(name) = request.path.strip_prefix(SETS) {
            return Some(self.set(request, name.trim_start_matches('/')));
        }
        let name =
            request.parameter("labelSelector")?.strip_prefix("kubectl-podid/run=").filter(|_| request.path == PODS);
        let name = name?.to_owned();
        if let Some(code) = self.fails_once.take() {
            return Some(status::status(code, "Failed", "once", None));
        }
        Some(self.page(request, &name))
    }

    fn set(&mut self, request: &Request, name: &str) -> Response {
        let named = |set: &Value| set["metadata"]["name"] == name;
        match request.method.as_str() {
            "POST" => {
                let mut set: Value = serde_json::from_slice(&request.body).expect("an object");
                set["metadata"]["uid"] = json!("set-1");
                self.sets.push(set.clone());
                Response::json(201, &set)
            }
            "DELETE" => {
                let options: Value = serde_json::from_slice(&request.body).unwrap_or_default();
                let there = self.sets.iter().position(named).expect("the daemon set");
                assert_eq!(options["preconditions"]["uid"], self.sets[there]["metadata"]["uid"]);
                Response::json(200, &self.sets.remove(there))
            }
            _ => {
                let list =
                    json!({ "kind": "DaemonSetList", "apiVersion": "apps/v1", "metadata": {}, "items": self.sets });
                Response::json(200, &list)
            }
        }
    }

    fn page(&mut self, request: &Request, name: &str) -> Response {
        let number = |name: &str| request.parameter(name).and_then(|text| text.parse::<usize>().ok());
        let from = number("continue").unwrap_or(0);
        let until = number("limit").map_or(self.nodes.len(), |limit| self.nodes.len().min(from + limit));
        let set = self.sets.iter().find(|set| set["metadata"]["name"] == name).expect("the daemon set");
        let pods: Vec<Value> = self.nodes[from..until].iter().filter_map(|node| self.pod(set, node)).collect();
        let mut metadata = json!({ "resourceVersion": "4711" });
        if until < self.nodes.len() {
            metadata["continue"] = json!(until.to_string());
        } else {
            self.looks += 1;
        }
        Response::json(200, &json!({ "kind": "PodList", "apiVersion": "v1", "metadata": metadata, "items": pods }))
    }

    /// The pod on a node, with what the webhook adds.
    fn pod(&self, set: &Value, node: &str) -> Option<Value> {
        let template = &set["spec"]["template"];
        let mut spec = template["spec"].clone();
        spec["nodeName"] = json!(node);
        spec["containers"][0]["env"] = json!([
            { "name": "AWS_CONTAINER_CREDENTIALS_FULL_URI", "value": "http://169.254.170.23/v1/credentials" },
            { "name": "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
              "value": "/var/run/secrets/pods.eks.amazonaws.com/serviceaccount/eks-pod-identity-token" },
        ]);
        let name = format!("{}-on-{node}", set["metadata"]["name"].as_str()?);
        let running = json!([{ "name": "probe", "ready": true, "state": { "running": {} } }]);
        let mut pod = json!({
            "metadata": { "name": name, "namespace": "shop", "uid": "5f0c1d7e-8f4e-4d7e-9f3a-2b1c0d9e8f7a",
                          "labels": template["metadata"]["labels"] },
            "spec": spec,
            "status": { "phase": "Running", "containerStatuses": running },
        });
        if let Some((_, change)) = self.otherwise.iter().find(|(other, _)| other == node) {
            if change.is_null() {
                return None;
            }
            super::merge(&mut pod, change);
        }
        Some(pod)
    }
}
