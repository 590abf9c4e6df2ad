//! The node of the pod: what kind of compute it is, and what the scheduler sees of it.

use serde::{Deserialize, Serialize};

use crate::evidence::kubernetes::metadata::Metadata;
use crate::evidence::kubernetes::pod_status::Condition;

/// The label that tells kinds of EKS compute apart.
pub const COMPUTE_TYPE: &str = "eks.amazonaws.com/compute-type";
/// How names of Fargate nodes begin; hosts of other kinds may have a name that only begins with `fargate-`.
pub const FARGATE_NODE: &str = "fargate-ip-";

/// A node.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Node {
    /// Name, labels, times.
    pub metadata: Metadata,
    /// Taints and provider.
    pub spec: NodeSpec,
    /// Conditions.
    pub status: NodeStatus,
}

/// The specification of a node.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct NodeSpec {
    /// `aws:///eu-west-1a/i-…`, `eks-hybrid:///…`
    #[serde(rename = "providerID", skip_serializing_if = "Option::is_none")]
    pub provider_id: Option<String>,
    /// Taints.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub taints: Vec<Taint>,
}

/// A taint.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Taint {
    /// The key.
    pub key: String,
    /// The value, often empty.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub value: String,
    /// `NoSchedule`, `PreferNoSchedule`, `NoExecute`.
    pub effect: String,
}

/// The status of a node.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct NodeStatus {
    /// `Ready` and others.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Condition>,
}

/// The kinds of compute that matter to Pod Identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compute {
    /// A Linux EC2 node of any management: the agent's daemon set runs there.
    Ec2,
    /// An Auto Mode node: the agent is built in.
    Auto,
    /// A hybrid node: the agent has daemon sets of its own.
    Hybrid,
    /// Fargate: Pod Identity does not work there.
    Fargate,
    /// Windows: Pod Identity does not work there.
    Windows,
}

impl Node {
    /// The kind of compute that the label of EKS tells.
    pub fn labelled_compute(&self) -> Option<Compute> {
        match self.metadata.labels.get(COMPUTE_TYPE)?.as_str() {
            "fargate" => Some(Compute::Fargate),
            "auto" => Some(Compute::Auto),
            "hybrid" => Some(Compute::Hybrid),
            _ => None,
        }
    }

    /// The kind of compute, from labels and name.
    pub fn compute(&self) -> Compute {
        let label = |key: &str| self.metadata.labels.get(key).map(String::as_str);
        match self.labelled_compute() {
            Some(compute) => compute,
            None if self.metadata.name.starts_with(FARGATE_NODE) => Compute::Fargate,
            None if label("kubernetes.io/os") == Some("windows") => Compute::Windows,
            None => Compute::Ec2,
        }
    }

    /// Whether its kubelet says that it is not ready, or has gone silent.
    pub fn is_unready(&self) -> bool {
        self.status.conditions.iter().any(|condition| condition.kind == "Ready" && condition.status != "True")
    }

    /// Whether any label says that EKS made this node.
    pub fn has_eks_label(&self) -> bool {
        self.metadata.labels.keys().any(|key| key.starts_with("eks.amazonaws.com/"))
    }
}
