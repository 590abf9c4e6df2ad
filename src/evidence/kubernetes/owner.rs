//! Who made the pod: the workload that a person edits and restarts.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::evidence::kubernetes::pod::ContainerSpec;

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
}
