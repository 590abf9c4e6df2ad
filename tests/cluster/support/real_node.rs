//! A scene on the real node: a namespace and an access key of its own, and pods that run and ask the agent.
//!
//! It begins healthy. The agent, the names it finds and what the instance gives it are the same for all: they are changed only
//! in a scene that is `alone`, and put back when it is dropped.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::amazon::Amazon;
use super::api::{Api, eventually};
use super::hold::Hold;
use super::run::Doctor;
use super::{node_agent, trust, webhook, workloads};

/// Asks the agent once, as an SDK does, and says on the standard output what came: the status, and never the credentials.
const ASK: &str = r#"wget -q -O /dev/null --header "Authorization: $(cat $AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE)" "$AWS_CONTAINER_CREDENTIALS_FULL_URI" 2>&1 && echo served; echo asked"#;

/// Everything one test has to itself.
pub struct NodeScene {
    /// The API server, with all rights.
    pub api: Api,
    /// The played AWS.
    pub amazon: Amazon,
    /// The namespace.
    pub namespace: String,
    home: tempfile::TempDir,
    hold: Hold,
}

impl NodeScene {
    /// Begins a healthy scene.
    pub fn new(name: &str) -> Self {
        let scene = Self::without_association(name, Hold::shared());
        scene.associate();
        scene
    }

    /// Begins a healthy scene in which what is the same for all may be changed.
    pub fn alone(name: &str) -> Self {
        let scene = Self::without_association(name, Hold::alone());
        scene.associate();
        scene
    }

    /// Begins a scene without association.
    pub fn without_association(name: &str, hold: Hold) -> Self {
        assert!(!node().is_empty(), "this cluster has no node: scripts/cluster test --node");
        let (api, amazon) = (Api::kubernetes(), Amazon::new());
        let made = api.create("/api/v1/namespaces", &json!({ "metadata": { "generateName": format!("{name}-") } }));
        let namespace = made["metadata"]["name"].as_str().expect("a name").to_owned();
        let home = tempfile::tempdir().expect("a folder");
        let scene = Self { api, amazon, namespace, home, hold };
        scene.api.create(&scene.path("serviceaccounts"), &json!({ "metadata": { "name": "api" } }));
        let certificates = scene.path("configmaps/kube-root-ca.crt");
        eventually("the root certificates", || scene.api.find(&certificates));
        scene
    }

    /// Gives an association of an hour ago to service account `api`, with a role that trusts EKS Pod Identity; gives its id.
    pub fn associate(&self) -> String {
        let role = self.amazon.role(&self.namespace, trust::pods());
        let id = self.amazon.associate(&self.namespace, "api", &role);
        self.amazon.age(&id);
        self.wait_until_injecting();
        id
    }

    /// The webhook has to have read of the association.
    pub fn wait_until_injecting(&self) {
        let tried = workloads::manifest(json!({ "metadata": { "name": "tried" } }));
        eventually("the webhook knows the association", || {
            let tried = self.api.create(&self.path("pods?dryRun=All"), &tried);
            (tried["metadata"]["labels"]["eks.amazonaws.com/pod-identity"] == "enabled").then_some(())
        });
    }

    fn path(&self, rest: &str) -> String {
        format!("/api/v1/namespaces/{}/{rest}", self.namespace)
    }

    /// Runs pod `api` with a merge patch, whose first container asks the agent once and stays. Gives it as it runs.
    pub fn pod(&self, patch: Value) -> Value {
        let pod = workloads::manifest(patch);
        let containers = pod["spec"]["containers"].as_array().expect("containers").iter();
        let containers: Vec<Value> = containers
            .map(|container| {
                let mut container = container.clone();
                if container["command"].is_null() {
                    container["command"] = json!(["sh", "-c", format!("{ASK}; exec sleep 1000000")]);
                }
                container
            })
            .collect();
        let mut pod = pod.clone();
        pod["spec"]["containers"] = json!(containers);
        pod["spec"]["terminationGracePeriodSeconds"] = json!(0);
        self.api.create(&self.path("pods"), &pod);
        eventually("the pod runs", || {
            self.api.find(&self.path("pods/api")).filter(|pod| pod["status"]["phase"] == "Running")
        })
    }

    /// Runs pod `api`, and waits until it has its answer, whatever that is. Gives its output.
    pub fn pod_that_asks(&self, patch: Value) -> String {
        self.pod(patch);
        eventually("the pod has asked", || Some(self.output("app")).filter(|text| text.contains("asked")))
    }

    /// What a container of pod `api` has written, through the kubelet.
    pub fn output(&self, container: &str) -> String {
        self.api.text(&self.path(&format!("pods/api/log?container={container}")))
    }

    /// Prepares `doctor` with arguments, as a user with AWS credentials and the kubeconfig that `aws eks
    /// update-kubeconfig` writes.
    pub fn doctor(&self, arguments: &[&str]) -> Doctor {
        Doctor::new(&self.namespace, self.home.path(), &self.amazon.key, arguments)
    }

    /// Lets the node find EKS Auth at another address, or not at all.
    pub fn move_eks_auth(&self, address: Option<&str>) {
        assert!(self.hold.is_alone());
        let kept = std::fs::read_to_string(names()).expect("the names");
        let kept = kept.lines().filter(|line| !line.contains("eks-auth"));
        let moved = address.map(|address| format!("{address} {EKS_AUTH}"));
        let text: String = kept.map(str::to_owned).chain(moved).map(|line| line + "\n").collect();
        std::fs::write(names(), text).expect("the names");
    }
}

const EKS_AUTH: &str = "eks-auth.eu-west-1.api.aws";

/// The node's name; empty if the cluster has none.
pub fn node() -> String {
    std::env::var("PODID_CLUSTER_NODE").unwrap_or_default()
}

fn names() -> PathBuf {
    PathBuf::from(std::env::var("PODID_CLUSTER_STATE").expect("run by scripts/cluster test")).join("names")
}

impl Drop for NodeScene {
    fn drop(&mut self) {
        self.api.delete(&format!("/api/v1/namespaces/{}", self.namespace));
        if self.hold.is_alone() {
            self.move_eks_auth(Some("10.0.0.11"));
            let profile = json!({ "roleName": "node", "accessKey": "ASIAIOSFODNN7NODEKEY" });
            self.amazon.change(json!({ "instanceProfile": profile }));
            webhook::restore(&self.api);
            node_agent::restore(&self.api);
        }
        self.amazon.change(json!({ "accessKeys": { &self.amazon.key: null } }));
    }
}
