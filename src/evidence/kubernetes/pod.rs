//! The pod and the others of its service account, as much of them as a diagnosis needs, in the fields and words of `kubectl get pod -o yaml`.
//!
//! It deserialises straight from the API's JSON. What is not named here is dropped while it is read, so that nothing of
//! a command line, an annotation or another volume ever becomes evidence.

use std::collections::BTreeMap;
use std::ops::Deref;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::evidence::kubernetes::environment::{EnvFromSource, EnvVar};
use crate::evidence::kubernetes::metadata::{Metadata, SKIP_CONTAINERS, SKIP_LABEL};
use crate::evidence::kubernetes::pod_status::{ContainerStatus, PodStatus};

/// A pod, or a pod template that stands for the pods it would make.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Pod {
    /// Name, namespace, labels, annotations, owners.
    pub metadata: Metadata,
    /// What was asked for, and what the webhooks made of it.
    pub spec: PodSpec,
    /// What became of it.
    #[serde(default)]
    pub status: PodStatus,
    /// Whether this is the template of a workload without pods: nothing in it has passed a webhook yet.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub from_template: bool,
}

/// The specification of a pod.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PodSpec {
    /// The service account; the API server fills in `default` where a template names none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_account_name: Option<String>,
    /// The node, once scheduled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub node_name: Option<String>,
    /// The scheduler that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scheduler_name: Option<String>,
    /// Whether the pod shares the network of its node.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub host_network: bool,
    /// Labels that the node must have.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub node_selector: BTreeMap<String, String>,
    /// The operating system, where it is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub os: Option<PodOs>,
    /// The user and group of all containers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub security_context: Option<SecurityContext>,
    /// Init containers, sidecars among them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub init_containers: Vec<ContainerSpec>,
    /// Main containers.
    pub containers: Vec<ContainerSpec>,
    /// Debug containers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ephemeral_containers: Vec<ContainerSpec>,
    /// Volumes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub volumes: Vec<Volume>,
}

/// The operating system of a pod.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PodOs {
    /// `linux` or `windows`.
    pub name: String,
}

/// The user and group that a process runs as.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SecurityContext {
    /// The user id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run_as_user: Option<i64>,
    /// The group that volumes are given to; pods only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fs_group: Option<i64>,
}

/// One container of the specification.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ContainerSpec {
    /// The name, unique in the pod.
    pub name: String,
    /// The image reference.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// Variables that matter to AWS credentials and to proxies; all others are dropped.
    #[serde(
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "crate::evidence::kubernetes::environment::relevant"
    )]
    pub env: Vec<EnvVar>,
    /// Whole ConfigMaps and Secrets taken as environment.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub env_from: Vec<EnvFromSource>,
    /// Mounted volumes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub volume_mounts: Vec<VolumeMount>,
    /// `Always` makes a sidecar of an init container.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restart_policy: Option<String>,
    /// The user of this container.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub security_context: Option<SecurityContext>,
}

/// A volume mounted into a container.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct VolumeMount {
    /// The name of the volume.
    pub name: String,
    /// Where it stands.
    pub mount_path: String,
    /// The part of the volume that is mounted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sub_path: Option<String>,
}

/// A volume; of all kinds only projected ones are told apart.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Volume {
    /// The name, unique in the pod.
    pub name: String,
    /// The sources of a projected volume.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub projected: Option<Projected>,
    /// A CSI volume, for its driver.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub csi: Option<Csi>,
    /// Whether it begins empty; null for every other kind.
    #[serde(rename = "emptyDir", skip_serializing_if = "Option::is_none")]
    pub empty_directory: Option<EmptyDirectory>,
}

/// A projected volume.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Projected {
    /// What is projected.
    pub sources: Vec<ProjectedSource>,
}

/// One source of a projected volume; only service account tokens are told apart.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ProjectedSource {
    /// A service account token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_account_token: Option<ServiceAccountTokenProjection>,
}

/// How a service account token is projected.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ServiceAccountTokenProjection {
    /// Whom the token is for; the API server where it is not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audience: Option<String>,
    /// How long it lives, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expiration_seconds: Option<i64>,
    /// The file name inside the volume.
    pub path: String,
}

/// A volume that begins empty; what it is made of does not matter here.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EmptyDirectory {}

/// A CSI volume.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Csi {
    /// The driver.
    pub driver: String,
}

/// What a container is in its pod.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContainerKind {
    /// Runs to its end before the main containers start.
    Init,
    /// An init container that stays (`restartPolicy: Always`).
    Sidecar,
    /// The pod's purpose.
    Main,
}

impl ContainerKind {
    /// The word in machine output and for people.
    pub fn word(self) -> &'static str {
        match self {
            Self::Init => "init",
            Self::Sidecar => "sidecar",
            Self::Main => "main",
        }
    }
}

/// A container together with what it is in its pod.
#[derive(Debug, Clone, Copy)]
pub struct Container<'e> {
    /// What it is.
    pub kind: ContainerKind,
    /// Its specification.
    pub spec: &'e ContainerSpec,
    /// Whether the user asked for this one alone.
    pub asked_for: bool,
}

impl Deref for Container<'_> {
    type Target = ContainerSpec;

    fn deref(&self) -> &ContainerSpec {
        self.spec
    }
}

impl ContainerSpec {
    /// Finds the variable that the process would see: the last one of that name.
    pub fn variable(&self, name: &str) -> Option<&EnvVar> {
        self.env.iter().rev().find(|variable| variable.name == name)
    }
}

impl Pod {
    /// The service account the pod runs as.
    pub fn service_account(&self) -> &str {
        self.spec.service_account_name.as_deref().filter(|name| !name.is_empty()).unwrap_or("default")
    }

    /// Whether it says that it is for Windows, by its operating system or by the nodes that it selects.
    pub fn is_for_windows(&self) -> bool {
        let selects = |key: &str| self.spec.node_selector.get(key).is_some_and(|name| name == "windows");
        self.spec.os.as_ref().is_some_and(|os| os.name == "windows")
            || selects("kubernetes.io/os")
            || selects("beta.kubernetes.io/os")
    }

    /// All containers that take part in a diagnosis, in the order in which they start.
    pub fn containers(&self) -> impl Iterator<Item = Container<'_>> {
        let init = self.spec.init_containers.iter().map(|spec| {
            let stays = spec.restart_policy.as_deref() == Some("Always");
            let kind = if stays { ContainerKind::Sidecar } else { ContainerKind::Init };
            Container { kind, spec, asked_for: false }
        });
        let main = |spec| Container { kind: ContainerKind::Main, spec, asked_for: false };
        init.chain(self.spec.containers.iter().map(main))
    }

    /// Whether all of it has ended.
    pub fn has_ended(&self) -> bool {
        matches!(self.status.phase.as_deref(), Some("Succeeded" | "Failed"))
    }

    /// When the last of its containers ended, where all have.
    pub fn ended_at(&self) -> Option<Timestamp> {
        let ended = |status: &ContainerStatus| status.state.as_ref()?.terminated.as_ref()?.finished_at;
        self.status.container_statuses.iter().map(ended).collect::<Option<Vec<_>>>()?.into_iter().max()
    }

    /// Whether the kubelet, not the API server, made it (a static pod); such a pod cannot use a service account.
    pub fn is_mirror(&self) -> bool {
        self.metadata.annotations.contains_key("kubernetes.io/config.mirror")
    }

    /// Whether the condition `Ready` holds.
    pub fn is_ready(&self) -> bool {
        self.status.conditions.iter().any(|condition| condition.kind == "Ready" && condition.status == "True")
    }
}

/// Labels by which a controller tells the templates apart that its pods were made from.
const TEMPLATE_LABELS: [&str; 2] = ["pod-template-hash", "controller-revision-hash"];

/// The pods of a service account, the diagnosed one among them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Siblings {
    /// Whether the list was read to its end; of a longer one only the first page is read.
    pub complete: bool,
    /// The pods.
    pub pods: Vec<Sibling>,
}

/// One of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Sibling {
    /// The name.
    pub name: String,
    /// When it was created.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
    /// What made it, such as `ReplicaSet api-7c9f`; null for a bare pod.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Which template of its owner it was made from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub template_hash: Option<String>,
    /// The value of the label that leaves out a pod.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub skip_label: Option<String>,
    /// The value of the annotation that leaves out containers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub skip_containers: Option<String>,
    /// Whether all of it has ended.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub has_ended: bool,
    /// Whether a container of it has the variables of Pod Identity.
    pub has_variables: bool,
}

impl Sibling {
    /// Keeps of a pod what is compared.
    pub fn of(pod: &Pod) -> Self {
        let metadata = &pod.metadata;
        let owner = metadata.controller();
        Self {
            name: metadata.name.clone(),
            created_at: metadata.creation_timestamp,
            owner: owner.map(|owner| format!("{} {}", owner.kind, owner.name)),
            template_hash: TEMPLATE_LABELS.iter().find_map(|label| metadata.labels.get(*label)).cloned(),
            skip_label: metadata.labels.get(SKIP_LABEL).cloned(),
            skip_containers: metadata.annotations.get(SKIP_CONTAINERS).cloned(),
            has_ended: pod.has_ended(),
            has_variables: pod.containers().any(|container| container.is_injected()),
        }
    }

    /// Whether both were made from one template of one owner, with the same exclusions: the webhook then treats both alike.
    pub fn is_alike(&self, other: &Self) -> bool {
        let key = |one: &Self| {
            let Self { owner, template_hash, skip_label, skip_containers, .. } = one.clone();
            (owner, template_hash, skip_label, skip_containers)
        };
        self.owner.is_some() && key(self) == key(other)
    }
}

impl Siblings {
    /// The pods that are like this one, itself included.
    pub fn alike<'s>(&'s self, pod: &'s Sibling) -> impl Iterator<Item = &'s Sibling> {
        self.pods.iter().filter(|one| one.is_alike(pod))
    }
}
