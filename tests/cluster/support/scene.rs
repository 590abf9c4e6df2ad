//! A scene: a namespace, a node, a role and an access key that only one test uses, in the cluster that all share.
//!
//! It begins healthy: service account `api` has an association, an hour old, with a role that trusts EKS Pod Identity, and
//! the agent is ready on the node. A test then breaks one thing. All is taken away when the scene is dropped.

use std::sync::Once;

use serde_json::{Value, json};

use super::amazon::Amazon;
use super::api::{Api, eventually};
use super::hold::Hold;
use super::kubelet::Kubelet;
use super::run::Doctor;
use super::workloads::Place;
use super::{agent, trust, webhook, workloads};

static SHIPPED: Once = Once::new();

/// Everything one test has to itself.
pub struct Scene {
    /// The API server, with all rights.
    pub api: Api,
    /// The played AWS.
    pub amazon: Amazon,
    /// The namespace.
    pub namespace: String,
    /// A node.
    pub node: String,
    /// The home directory of the one who runs the binary.
    pub home: tempfile::TempDir,
    /// The kubelet of its nodes.
    pub kubelet: Kubelet,
    others: Vec<String>,
    hold: Hold,
}

/// What kind of node is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Machine {
    /// A Linux node of a node group, with a ready agent.
    Linux,
    /// The same, to which nothing has bound the agent's pod yet.
    LinuxWithoutAgent,
    /// A node of EKS Auto Mode.
    Auto,
    /// A node of Fargate.
    Fargate,
    /// A Windows node.
    Windows,
}

impl Scene {
    /// Begins a healthy scene.
    pub fn new(name: &str) -> Self {
        let scene = Self::empty(name, Hold::shared(), Machine::Linux);
        scene.associate();
        scene
    }

    /// Begins a scene without an association, on a node of this kind.
    pub fn without_association(name: &str, machine: Machine) -> Self {
        Self::empty(name, Hold::shared(), machine)
    }

    /// Begins a healthy scene in which the webhook configuration and the agent's daemon set may be changed.
    pub fn alone(name: &str, machine: Machine) -> Self {
        let scene = Self::empty(name, Hold::alone(), machine);
        scene.associate();
        scene
    }

    fn empty(name: &str, hold: Hold, machine: Machine) -> Self {
        let (api, amazon) = (Api::kubernetes(), Amazon::new());
        SHIPPED.call_once(|| {
            webhook::restore(&api);
            agent::install(&api);
            amazon.change_cluster(json!({ "addons": { "eks-pod-identity-agent": {} } }));
        });
        let made = api.create("/api/v1/namespaces", &json!({ "metadata": { "generateName": format!("{name}-") } }));
        let namespace = made["metadata"]["name"].as_str().expect("a name").to_owned();
        let mut scene = Self {
            node: String::new(),
            home: tempfile::tempdir().expect("a folder"),
            kubelet: Kubelet::start(),
            others: Vec::new(),
            hold,
            api,
            amazon,
            namespace,
        };
        scene.service_account("api", json!({}));
        scene.node = scene.add_node("", machine);
        let certificates = scene.path("/api/v1", "configmaps/kube-root-ca.crt");
        eventually("the root certificates", || scene.api.find(&certificates));
        scene
    }

    /// Gives an association of an hour ago to service account `api`, with a role that trusts EKS Pod Identity.
    pub fn associate(&self) {
        let role = self.amazon.role(&self.namespace, trust::pods());
        let id = self.amazon.associate(&self.namespace, "api", &role);
        self.amazon.age(&id);
    }

    /// Makes a service account.
    pub fn service_account(&self, name: &str, annotations: Value) {
        let body = json!({ "metadata": { "name": name, "annotations": annotations } });
        self.api.create(&self.path("/api/v1", "serviceaccounts"), &body);
    }

    /// Makes a further namespace.
    pub fn add_namespace(&mut self, name: &str) -> String {
        let name = format!("{}-{name}", self.namespace);
        self.api.create("/api/v1/namespaces", &json!({ "metadata": { "name": name } }));
        self.others.push(name.clone());
        name
    }

    /// Makes a node.
    pub fn add_node(&self, number: &str, machine: Machine) -> String {
        workloads::node(&self.api, &format!("{}{number}", self.namespace), machine, self.kubelet.endpoint())
    }

    /// Where pods of this scene live.
    pub fn place(&self) -> Place<'_> {
        Place { api: &self.api, namespace: &self.namespace, node: &self.node }
    }

    /// The scene's node, and pods of another namespace.
    pub fn place_in<'a>(&'a self, namespace: &'a str) -> Place<'a> {
        Place { namespace, ..self.place() }
    }

    /// Makes a pod `api` with this merge patch, lets it run, and gives it as it came out of admission.
    pub fn pod(&self, patch: Value) -> Value {
        self.place().pod(patch)
    }

    /// The path of something in the scene's namespace.
    pub fn path(&self, group: &str, rest: &str) -> String {
        format!("{group}/namespaces/{}/{rest}", self.namespace)
    }

    /// Prepares `doctor` with arguments, as a user with AWS credentials and the kubeconfig that `aws eks
    /// update-kubeconfig` writes.
    pub fn doctor(&self, arguments: &[&str]) -> Doctor {
        Doctor::new(&self.namespace, self.home.path(), &self.amazon.key, arguments)
    }

    /// Waits until a new pod of service account `api` is injected, or is not.
    pub fn wait_until_injecting(&self, wanted: bool) {
        webhook::wait_until_injecting(
            &self.api,
            &self.namespace,
            &workloads::manifest(json!({ "metadata": { "name": "tried" } })),
            wanted,
        );
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        let node = format!("/api/v1/nodes/{}", self.node);
        self.api.delete(&self.path("/api/v1", "pods"));
        for namespace in self.others.iter().chain([&self.namespace]) {
            self.api.delete(&format!("/api/v1/namespaces/{namespace}"));
        }
        self.api.delete(&node);
        agent::remove_from(&self.api, &self.node);
        if self.hold.is_alone() {
            webhook::restore(&self.api);
            agent::uninstall(&self.api);
            agent::install(&self.api);
        }
        self.amazon.change(json!({ "accessKeys": { &self.amazon.key: null } }));
    }
}
