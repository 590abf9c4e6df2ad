//! A scene in which every rule is used by some target, and a user who has what is printed and nothing else.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use super::given::{self, Given};
use super::seen::Seen;
use super::situations::{DETECTED, OF_WEB, named};
use crate::support::kubeconfig;
use crate::support::rights::Manifests;
use crate::support::scene::{Machine, Scene};
use crate::support::trust;
use crate::support::workloads::Place;
use crate::support::{agent, webhook};

/// The scene and the user.
pub struct Stage<'s> {
    /// The scene.
    pub scene: &'s Scene,
    user: &'static str,
    rights: Manifests,
    actions: Vec<String>,
    detected: PathBuf,
    of_web: String,
    made: Vec<String>,
}

impl<'s> Stage<'s> {
    /// Sets the scene, and gives the user what `permissions` prints with these flags.
    pub fn new(scene: &'s Scene, user: &'static str, flags: &[&str]) -> Self {
        plain_pod(scene);
        let of_web = workloads(scene);
        let mut made = nodes(scene);
        made.extend(node_classes(scene));
        for (name, class) in [("a", "of-auto"), ("k", "of-karpenter"), ("b", "of-entries")] {
            let node =
                made.iter().find(|path| path.contains(&format!("-{name}."))).and_then(|path| path.rsplit('/').next());
            let place = Place { node: node.expect("the node"), ..scene.place() };
            place.pod(json!({ "metadata": { "name": class } }));
        }
        identities(scene);
        let printed = printed(flags);
        let actions: Vec<String> =
            serde_json::from_value(printed["iam"]["Statement"][0]["Action"].clone()).expect("actions");
        // Nothing but the server's host tells the cluster: that of an EKS cluster, which the played EKS knows.
        let detected = kubeconfig::changed(user, scene.home.path(), |config| kubeconfig::rename(config, "work"));
        let rights = Manifests::apply(&scene.api, user, manifests(&printed, user));
        let stage = Self { scene, user, rights, actions, detected, of_web, made };
        stage.allow_actions(|_| true);
        let given = stage.given();
        let unprinted: Vec<&str> =
            named().filter(|name| !flags.is_empty() && given.iter().all(|one| one.name() != *name)).collect();
        assert!(unprinted.is_empty(), "not printed any more: {unprinted:?}");
        stage
    }

    /// Everything that is printed, one by one.
    pub fn given(&self) -> Vec<Given> {
        given::of(self.rights.all(), &self.actions)
    }

    fn allow_actions(&self, wanted: impl Fn(&String) -> bool) {
        let actions: Vec<&String> = self.actions.iter().filter(|action| wanted(action)).collect();
        self.scene.amazon.change_key(json!({ "allowedActions": actions }));
    }

    /// Runs the doctor in a situation.
    pub fn doctor(&self, situation: &str) -> Vec<Seen> {
        let target = match situation {
            DETECTED => "api",
            OF_WEB => &self.of_web,
            other => other,
        };
        let doctor = self.scene.doctor(&[target, "-o", "json"]).user(self.user);
        let doctor = match situation {
            DETECTED => doctor.kubeconfig(&self.detected).variable("AWS_REGION", "eu-west-1"),
            _ => doctor,
        };
        let outcome = doctor.run();
        let document: Value =
            serde_json::from_str(&outcome.stdout).unwrap_or_else(|error| panic!("{error}: {outcome:?}"));
        let seen = Seen::read(&document);
        assert!(!seen.is_empty(), "{situation}: nothing was judged: {outcome:?}");
        seen
    }

    /// Takes one away, runs the doctor, and gives it back.
    pub fn without(&self, given: &Given, situation: &str) -> Vec<Seen> {
        match given {
            Given::Action(action) => {
                self.allow_actions(|one| one != action);
                let seen = self.doctor(situation);
                self.allow_actions(|_| true);
                seen
            }
            Given::Rule { one, .. } => {
                self.rights.take(&self.scene.api, one);
                let seen = self.doctor(situation);
                self.rights.give_back(&self.scene.api, one);
                seen
            }
        }
    }

    /// Sets the cluster otherwise, until it is dropped: with a network whose policies are custom resources, a webhook that
    /// looks at labels of namespaces, and an agent that does not say the cluster's name.
    pub fn set_otherwise(&self) -> Cilium<'_> {
        let mut webhook = webhook::current(&self.scene.api);
        webhook["namespaceSelector"] =
            json!({ "matchExpressions": [{ "key": "example.com/skipped", "operator": "DoesNotExist" }] });
        webhook::change(&self.scene.api, &json!({ "webhooks": [webhook] }));
        agent::forget_cluster(&self.scene.api);
        let labels = json!({ "k8s-app": "cilium" });
        let spec = json!({ "containers": [{ "name": "cilium-agent", "image": "registry.example/cilium:1.18.0" }] });
        let template = json!({ "metadata": { "labels": labels }, "spec": spec });
        let set = json!({ "apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": { "name": "cilium", "labels": labels },
            "spec": { "selector": { "matchLabels": labels }, "template": template } });
        self.scene.api.create("/apis/apps/v1/namespaces/kube-system/daemonsets", &set);
        Cilium(self.scene)
    }
}

impl Drop for Stage<'_> {
    fn drop(&mut self) {
        self.rights.remove(&self.scene.api);
        for path in &self.made {
            self.scene.api.delete(path);
        }
    }
}

/// Cilium in the cluster.
pub struct Cilium<'s>(&'s Scene);

impl Drop for Cilium<'_> {
    fn drop(&mut self) {
        self.0.api.delete("/apis/apps/v1/namespaces/kube-system/daemonsets/cilium");
    }
}

/// Pod `api`, which takes a variable from a ConfigMap.
fn plain_pod(scene: &Scene) {
    let settings = json!({ "metadata": { "name": "settings" }, "data": { "LOG_LEVEL": "info" } });
    scene.api.create(&scene.path("/api/v1", "configmaps"), &settings);
    let from = json!([{ "configMapRef": { "name": "settings" } }]);
    let container = json!({ "name": "app", "image": "registry.example/api:1.4.2", "envFrom": from });
    scene.pod(json!({ "spec": { "containers": [container] } }));
}

/// A workload of each kind; gives the name of the pod of deployment `web`.
fn workloads(scene: &Scene) -> String {
    let of_web = scene.place().workload("Deployment", "web", 1, json!({})).remove(0);
    scene.place().workload("StatefulSet", "db", 1, json!({}));
    scene.place().workload("Job", "import", 1, json!({}));
    let template = json!({ "spec": { "nodeSelector": { "kubernetes.io/hostname": scene.node } } });
    scene.place().workload("DaemonSet", "collector", 1, template);
    let pod = json!({ "serviceAccountName": "api", "restartPolicy": "Never",
        "containers": [{ "name": "app", "image": "registry.example/api:1.4.2" }] });
    let nightly = json!({ "metadata": { "name": "nightly" }, "spec": { "schedule": "0 3 * * *", "suspend": true,
        "jobTemplate": { "spec": { "template": { "spec": pod } } } } });
    scene.api.create(&scene.path("/apis/batch/v1", "cronjobs"), &nightly);
    of_web
}

/// A node for each way in which the role of a node is told; gives their paths.
fn nodes(scene: &Scene) -> Vec<String> {
    let class = scene.namespace.as_str();
    let made = [
        ("a", Machine::Auto, json!({ "eks.amazonaws.com/nodeclass": class })),
        ("k", Machine::Linux, json!({ "eks.amazonaws.com/nodegroup": null, "karpenter.k8s.aws/ec2nodeclass": class })),
        ("b", Machine::Linux, json!({ "eks.amazonaws.com/nodegroup": null })),
    ];
    let entry = json!({ "arn:aws:iam::111122223333:role/node": "EC2_LINUX" });
    scene.amazon.change_cluster(json!({ "accessEntries": entry }));
    made.into_iter()
        .map(|(name, machine, labels)| {
            let path = format!("/api/v1/nodes/{}", scene.add_node(&format!("-{name}"), machine));
            scene.api.patch(&path, &json!({ "metadata": { "labels": labels } }));
            path
        })
        .collect()
}

/// Node classes of Auto Mode and of Karpenter; gives their paths.
fn node_classes(scene: &Scene) -> Vec<String> {
    let name = scene.namespace.as_str();
    let profiles = json!({ name: ["node"] });
    scene.amazon.change(json!({ "accounts": { "111122223333": { "instanceProfiles": profiles } } }));
    let classes = [
        ("eks.amazonaws.com/v1", "NodeClass", "nodeclasses", json!({ "role": "node" })),
        ("karpenter.k8s.aws/v1", "EC2NodeClass", "ec2nodeclasses", json!({ "instanceProfile": name })),
    ];
    let make = |(version, kind, plural, spec): (&str, &str, &str, Value)| {
        let object = json!({ "apiVersion": version, "kind": kind, "metadata": { "name": name }, "spec": spec });
        scene.api.create(&format!("/apis/{version}/{plural}"), &object);
        format!("/apis/{version}/{plural}/{name}")
    };
    classes.into_iter().map(make).collect()
}

/// A pod on IRSA, and one whose association leads to a second role and leaves session tags out.
fn identities(scene: &Scene) {
    let name = |part: &str| format!("{}-{part}", scene.namespace);
    let role = scene.amazon.role(&name("irsa"), trust::irsa(&scene.namespace, "worker"));
    scene.service_account("worker", json!({ "eks.amazonaws.com/role-arn": role }));
    scene.service_account("chain", json!({}));
    let first = scene.amazon.role(&name("first"), trust::pods());
    let second = scene.amazon.role(&name("second"), trust::role(&first));
    let more = json!({ "targetRoleArn": second, "disableSessionTags": true });
    let id = scene.amazon.associate_with(&scene.namespace, "chain", &first, more);
    scene.amazon.age(&id);
    for (pod, account) in [("of-irsa", "worker"), ("of-chain", "chain")] {
        scene.pod(json!({ "metadata": { "name": pod }, "spec": { "serviceAccountName": account } }));
    }
}

/// The manifests that were printed, called after a user.
pub fn manifests(printed: &Value, user: &str) -> Vec<Value> {
    let mut manifests: Vec<Value> = serde_json::from_value(printed["rbac"].clone()).expect("manifests");
    for manifest in &mut manifests {
        manifest["metadata"]["name"] = json!(user);
    }
    manifests
}

/// What `permissions` prints with these flags.
pub fn printed(flags: &[&str]) -> Value {
    let output = Command::new(Path::new(env!("CARGO_BIN_EXE_kubectl-podid")))
        .args(["permissions", "-o", "json"])
        .args(flags)
        .env_clear()
        .output()
        .expect("the binary starts");
    serde_json::from_slice(&output.stdout).expect("JSON")
}
