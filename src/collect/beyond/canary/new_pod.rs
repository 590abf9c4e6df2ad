//! The pod of a dry-run: what decides whether it gets its variables is the target's, and the rest offends no policy.
//!
//! It satisfies PodSecurity *restricted*. Labels and the annotations of Pod Identity are those of the target, because they
//! leave pods and containers out; the names of containers too, and the images, which a policy may care about.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::evidence::kubernetes::pod::ContainerSpec;
use crate::evidence::kubernetes::pod_identity::{FULL_URI, INJECTED_LABEL, TOKEN_FILE};
use crate::evidence::{Evidence, Gap, Owner, Pod};

/// What begins so decides about injection.
const OWN: &str = "eks.amazonaws.com/";
/// What controllers write on the single pod: it tells pods of one template apart, and nothing else.
const OF_ONE_POD: &[&str] =
    &["statefulset.kubernetes.io/pod-name", "apps.kubernetes.io/pod-index", "batch.kubernetes.io/job-completion-index"];
/// The image where there is no container to take one of. It is never pulled.
const IMAGE: &str = "pause:3.10";
/// A user that no policy takes for root.
const USER: u32 = 65_532;

/// A pod that is asked for as a dry-run.
#[derive(Debug, Clone, PartialEq)]
pub struct NewPod {
    /// Where.
    pub namespace: String,
    /// As whom.
    pub service_account: String,
    labels: BTreeMap<String, String>,
    annotations: BTreeMap<String, String>,
    init_containers: Vec<ContainerSpec>,
    containers: Vec<ContainerSpec>,
    windows: bool,
}

impl NewPod {
    /// A pod of a service account, of which nothing else is known.
    pub fn of_service_account(namespace: &str, service_account: &str) -> Self {
        let only = ContainerSpec { name: "canary".to_owned(), ..ContainerSpec::default() };
        Self {
            namespace: namespace.to_owned(),
            service_account: service_account.to_owned(),
            labels: BTreeMap::new(),
            annotations: BTreeMap::new(),
            init_containers: Vec::new(),
            containers: vec![only],
            windows: false,
        }
    }

    /// The next pod like the target: of its owner's template, where that is known.
    pub fn like_target(evidence: &Evidence) -> Result<Self, Gap> {
        let plain = Self::of_service_account(&evidence.target.namespace, evidence.service_account_name()?);
        let Some(pod) = evidence.pod_or_template()? else { return Ok(plain) };
        let template = evidence.owner.present().filter(|owner| owner.template_known);
        let (init_containers, containers) = match template {
            Some(owner) => (owner.template_init_containers.clone(), owner.template_containers.clone()),
            None if pod.from_template => (pod.spec.init_containers.clone(), pod.spec.containers.clone()),
            None => (without_variables(&pod.spec.init_containers), without_variables(&pod.spec.containers)),
        };
        let annotations = pod.metadata.annotations.iter().filter(|(key, _)| key.starts_with(OWN));
        Ok(Self {
            labels: labels(pod, template),
            annotations: annotations.map(|(key, value)| (key.clone(), value.clone())).collect(),
            init_containers,
            containers: if containers.is_empty() { plain.containers.clone() } else { containers },
            windows: pod.is_for_windows(),
            ..plain
        })
    }

    /// The names of its containers.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.init_containers.iter().chain(&self.containers).map(|one| one.name.as_str())
    }

    /// The object to send; with requests and limits only where a quota wants them.
    pub fn object(&self, with_resources: bool) -> Value {
        let container = |one: &ContainerSpec| self.container(one, with_resources);
        let mut spec = json!({
            "serviceAccountName": self.service_account,
            "automountServiceAccountToken": false,
            "restartPolicy": "Never",
            "securityContext": self.security_context(),
            "initContainers": self.init_containers.iter().map(container).collect::<Vec<_>>(),
            "containers": self.containers.iter().map(container).collect::<Vec<_>>(),
        });
        if self.windows {
            spec["os"] = json!({ "name": "windows" });
            spec["nodeSelector"] = json!({ "kubernetes.io/os": "windows" });
        }
        json!({
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {
                "generateName": "podid-canary-",
                "namespace": self.namespace,
                "labels": self.labels,
                "annotations": self.annotations,
            },
            "spec": spec,
        })
    }

    /// What *restricted* wants of the pod; the API refuses what Windows does not have.
    fn security_context(&self) -> Value {
        if self.windows {
            return json!({ "runAsNonRoot": true });
        }
        json!({ "runAsNonRoot": true, "runAsUser": USER, "seccompProfile": { "type": "RuntimeDefault" } })
    }

    fn container(&self, one: &ContainerSpec, with_resources: bool) -> Value {
        let preset = |name: &&str| one.variable(name).is_some();
        let value = |name: &str| one.variable(name).and_then(|variable| variable.text()).unwrap_or_default().to_owned();
        let env = [FULL_URI, TOKEN_FILE].into_iter().filter(|name| preset(name));
        let mut container = json!({
            "name": one.name,
            "image": one.image.as_deref().unwrap_or(IMAGE),
            "env": env.map(|name| json!({ "name": name, "value": value(name) })).collect::<Vec<_>>(),
        });
        if !self.windows {
            container["securityContext"] = json!({
                "allowPrivilegeEscalation": false,
                "readOnlyRootFilesystem": true,
                "capabilities": { "drop": ["ALL"] },
            });
        }
        if let Some(policy) = &one.restart_policy {
            container["restartPolicy"] = json!(policy);
        }
        if with_resources {
            let least = json!({ "cpu": "1m", "memory": "1Mi", "ephemeral-storage": "1Mi" });
            container["resources"] = json!({ "requests": least, "limits": least });
        }
        container
    }
}

/// The labels of the pod, but of those that decide about injection the template's.
fn labels(pod: &Pod, template: Option<&Owner>) -> BTreeMap<String, String> {
    let decided = |key: &str| key == INJECTED_LABEL || OF_ONE_POD.contains(&key);
    let own = pod.metadata.labels.iter().filter(|(key, _)| template.is_none() || !key.starts_with(OWN));
    let of_template = template.into_iter().flat_map(|owner| &owner.template_labels);
    own.chain(of_template).filter(|(key, _)| !decided(key)).map(|(key, value)| (key.clone(), value.clone())).collect()
}

/// The containers of a pod that was made: which of their variables its template has is not known.
fn without_variables(containers: &[ContainerSpec]) -> Vec<ContainerSpec> {
    containers.iter().map(|one| ContainerSpec { env: Vec::new(), ..one.clone() }).collect()
}
