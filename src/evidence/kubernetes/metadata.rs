//! What all Kubernetes objects share: names, labels, the annotations that matter here, owners and times.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};

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
