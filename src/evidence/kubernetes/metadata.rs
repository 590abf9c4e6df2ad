//! What objects of every kind carry, and the small ones: owners, service accounts, the names of Pod Identity.
//!
//! Sources: `main.go` and `pkg/handler/handler.go` of the webhook, and the recordings in `tests/recorded`.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};

use crate::evidence::kubernetes::pod::ContainerSpec;

/// Annotations whose values are kept, by prefix. Others may hold anything, also secrets, and are dropped.
const KEPT_ANNOTATIONS: &[&str] = &[
    "eks.amazonaws.com/",
    "kubernetes.io/config.mirror",
    "meta.helm.sh/release-",
    "traffic.sidecar.istio.io/",
    "config.linkerd.io/skip-outbound-",
    "config.linkerd.io/skip-subnets",
];
/// Annotations of which only the presence is kept.
const NOTED_ANNOTATIONS: &[&str] = &["vpc.amazonaws.com/pod-eni"];

/// The metadata of an object.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Metadata {
    /// The name; empty for a template.
    pub name: String,
    /// The namespace; empty for a cluster object.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub namespace: String,
    /// The identity of this very object.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub uid: String,
    /// When the API server accepted it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub creation_timestamp: Option<Timestamp>,
    /// When its deletion was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deletion_timestamp: Option<Timestamp>,
    /// All labels.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "null_is_empty")]
    pub labels: BTreeMap<String, String>,
    /// The annotations that a diagnosis reads.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "kept_annotations")]
    pub annotations: BTreeMap<String, String>,
    /// Who made it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub owner_references: Vec<OwnerReference>,
}

/// A reference to the object that made this one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct OwnerReference {
    /// `apps/v1`, …
    pub api_version: String,
    /// `ReplicaSet`, …
    pub kind: String,
    /// The name.
    pub name: String,
    /// Whether it is the managing owner.
    pub controller: bool,
}

impl Metadata {
    /// The managing owner.
    pub fn controller(&self) -> Option<&OwnerReference> {
        self.owner_references.iter().find(|owner| owner.controller)
    }
}

fn null_is_empty<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, String>, D::Error> {
    Ok(Option::<BTreeMap<String, String>>::deserialize(deserializer)?.unwrap_or_default())
}

fn kept_annotations<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, String>, D::Error> {
    let all = null_is_empty(deserializer)?;
    Ok(all
        .into_iter()
        .filter_map(|(key, value)| {
            if KEPT_ANNOTATIONS.iter().any(|prefix| key.starts_with(prefix)) {
                Some((key, value))
            } else if NOTED_ANNOTATIONS.contains(&key.as_str()) {
                Some((key, String::new()))
            } else {
                None
            }
        })
        .collect())
}

/// The owner at the top of the chain.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Owner {
    /// `apps/v1`, `batch/v1`, or the API of an operator.
    pub api_version: String,
    /// `Deployment`, `StatefulSet`, `DaemonSet`, `ReplicaSet`, `Job`, `CronJob`, or another.
    pub kind: String,
    /// The name.
    pub name: String,
    /// The service account of its template; null where the template names none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub template_service_account: Option<String>,
    /// Whether the template was read: only then does a missing service account mean that it names none.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub template_known: bool,
    /// The containers of its template, with the variables that they set themselves.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub template_containers: Vec<ContainerSpec>,
    /// The init containers of its template, sidecars among them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub template_init_containers: Vec<ContainerSpec>,
    /// The labels of its template that begin with `eks.amazonaws.com/`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub template_labels: BTreeMap<String, String>,
    /// The annotations of its template that begin with `eks.amazonaws.com/`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub template_annotations: BTreeMap<String, String>,
    /// Whether it is paused: a deployment, where it was read itself.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub paused: bool,
    /// How it replaces pods when its template changes: `RollingUpdate`, `OnDelete`, `Recreate`; null where it does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub update_strategy: Option<String>,
    /// The ordinal from which on a stateful set replaces pods; null where it does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub update_partition: Option<u32>,
    /// How many pods it wants and has not made; null where it does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing_pods: Option<u32>,
}

impl Owner {
    /// All containers of its template.
    pub fn all_template_containers(&self) -> impl Iterator<Item = &ContainerSpec> {
        self.template_init_containers.iter().chain(&self.template_containers)
    }

    /// Whether its template may have changed since a pod of it was made: that of a replica set or a job never does.
    pub fn may_have_a_newer_template(&self) -> bool {
        matches!(self.kind.as_str(), "StatefulSet" | "DaemonSet")
    }

    /// Whether a changed template leaves a pod of this name as it is, until somebody deletes the pod.
    pub fn keeps_pod(&self, pod: &str) -> bool {
        let ordinal = pod.rsplit('-').next().and_then(|last| last.parse::<u32>().ok());
        let below = |partition| ordinal.is_some_and(|ordinal| ordinal < partition);
        self.update_strategy.as_deref() == Some("OnDelete") || self.update_partition.is_some_and(below)
    }

    /// Whether a restart of the workload replaces a pod of this name, and nobody has to do more.
    pub fn rolls(&self, pod: &str) -> bool {
        self.api_version.starts_with("apps/")
            && matches!(self.kind.as_str(), "Deployment" | "StatefulSet" | "DaemonSet")
            && !self.paused
            && !self.keeps_pod(pod)
    }

    /// Whether a restart ends all pods before it makes new ones.
    pub fn replaces_all_at_once(&self) -> bool {
        self.update_strategy.as_deref() == Some("Recreate")
    }
}

/// A service account.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ServiceAccount {
    /// Name, namespace, annotations, times.
    pub metadata: Metadata,
}

impl ServiceAccount {
    /// The role that IRSA would give, by annotation.
    pub fn annotated_role(&self) -> Option<&str> {
        self.metadata.annotations.get(ROLE_ANNOTATION).map(String::as_str).filter(|role| !role.is_empty())
    }
}

/// The variable that tells SDKs where the agent is.
pub const FULL_URI: &str = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
/// The variable that tells SDKs where the token is.
pub const TOKEN_FILE: &str = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE";
/// The agent's address on IPv4 clusters.
pub const IPV4_URI: &str = "http://169.254.170.23/v1/credentials";
/// The agent's address on IPv6 clusters.
pub const IPV6_URI: &str = "http://[fd00:ec2::23]/v1/credentials";
/// Where the token volume is mounted.
pub const TOKEN_MOUNT_PATH: &str = "/var/run/secrets/pods.eks.amazonaws.com/serviceaccount";
/// The token file.
pub const TOKEN_PATH: &str = "/var/run/secrets/pods.eks.amazonaws.com/serviceaccount/eks-pod-identity-token";
/// The name of the token volume, and of the file in it.
pub const TOKEN_NAME: &str = "eks-pod-identity-token";
/// Whom the token is for; also the service principal that assumes the role.
pub const AUDIENCE: &str = "pods.eks.amazonaws.com";
/// The annotation that leaves single containers out.
pub const SKIP_CONTAINERS: &str = "eks.amazonaws.com/skip-containers";
/// The label that leaves a pod out, with any value.
pub const SKIP_LABEL: &str = "eks.amazonaws.com/skip-pod-identity-webhook";
/// The label that the webhook gives the pods it has changed; older ones give none.
pub const INJECTED_LABEL: &str = "eks.amazonaws.com/pod-identity";
/// The annotation of a service account that IRSA reads.
pub const ROLE_ANNOTATION: &str = "eks.amazonaws.com/role-arn";
/// The annotation that gives tokens of IRSA another audience.
pub const AUDIENCE_ANNOTATION: &str = "eks.amazonaws.com/audience";
/// The audience that tokens of IRSA have otherwise.
pub const STS_AUDIENCE: &str = "sts.amazonaws.com";
/// The name of the webhook inside its configuration.
pub const WEBHOOK: &str = "iam-for-pods.amazonaws.com";
/// The name of the webhook's configuration.
pub const WEBHOOK_CONFIGURATION: &str = "pod-identity-webhook";
/// The name of the agent's add-on and of its daemon set.
pub const AGENT: &str = "eks-pod-identity-agent";
/// The variable of IRSA that names the role.
pub const ROLE_ARN: &str = "AWS_ROLE_ARN";
/// The variable of IRSA that names the token file.
pub const WEB_IDENTITY_TOKEN_FILE: &str = "AWS_WEB_IDENTITY_TOKEN_FILE";

/// Whether an address is one that the webhook writes.
pub fn is_agent_uri(uri: &str) -> bool {
    uri == IPV4_URI || uri == IPV6_URI
}

/// Whether a path is the token file that the webhook writes, on Linux or on Windows.
pub fn is_token_path(path: &str) -> bool {
    path == TOKEN_PATH || path.replace('\\', "/").trim_start_matches("C:") == TOKEN_PATH
}
