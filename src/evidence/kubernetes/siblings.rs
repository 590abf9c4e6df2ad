//! The other pods of the service account, each with as little as tells whether pods of one template agree.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::evidence::kubernetes::metadata::{SKIP_CONTAINERS, SKIP_LABEL};
use crate::evidence::kubernetes::pod::Pod;

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
