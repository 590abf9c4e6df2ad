//! What made a node, as far as it tells which role the node has: its node group, its node class, its access entries.
//!
//! Field names are those of the AWS CLI's JSON and of `kubectl -o yaml`. Of a node class only the role is kept.

use serde::{Deserialize, Deserializer, Serialize};

use crate::evidence::kubernetes::metadata::Metadata;

/// A managed node group, as `aws eks describe-nodegroup` prints it under `nodegroup`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct NodeGroup {
    /// The name.
    pub nodegroup_name: String,
    /// The ARN of the role of its nodes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub node_role: Option<String>,
}

/// A node class of Auto Mode (`NodeClass`) or of Karpenter (`EC2NodeClass`).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct NodeClass {
    /// The name.
    pub metadata: Metadata,
    /// What it says about identity.
    pub spec: NodeClassSpec,
}

/// What a node class says about identity.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct NodeClassSpec {
    /// The name of the role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// The name of an instance profile, in the place of a role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance_profile: Option<String>,
}

/// An instance profile, as `aws iam get-instance-profile` prints it under `InstanceProfile`; of its roles only the ARNs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct InstanceProfile {
    /// The name.
    pub instance_profile_name: String,
    /// Its roles: one, or none.
    pub roles: Vec<String>,
}

/// The roles that have an access entry; one that is not complete says nothing about what is missing in it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AccessEntries {
    /// Whether the list was read to its end.
    pub complete: bool,
    /// The ARNs of the principals.
    pub access_entries: Vec<String>,
}

/// An access entry, as `aws eks describe-access-entry` prints it under `accessEntry`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AccessEntry {
    /// Whose it is.
    pub principal_arn: String,
    /// `EC2_LINUX`, `HYBRID_LINUX`, `STANDARD`, …
    #[serde(rename = "type")]
    pub kind: String,
}

/// The ConfigMap `aws-auth`, of which only the roles of nodes are kept.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AwsAuth {
    /// The ARNs, as they stand there: without the path of the role.
    #[serde(rename = "data", deserialize_with = "node_roles")]
    pub node_roles: Vec<String>,
}

/// One row of `mapRoles`.
#[derive(Default, Deserialize)]
#[serde(default)]
struct MappedRole {
    rolearn: String,
    groups: Vec<String>,
}

/// Reads the data of the ConfigMap, or the list of roles that an evidence file has.
fn node_roles<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let value = serde_json::Value::deserialize(deserializer)?;
    if let Some(list) = value.as_array() {
        return Ok(list.iter().filter_map(|arn| arn.as_str().map(str::to_owned)).collect());
    }
    let text = value["mapRoles"].as_str().unwrap_or_default();
    let rows: Vec<MappedRole> = serde_saphyr::from_str(text).unwrap_or_default();
    let of_nodes = |row: &MappedRole| row.groups.iter().any(|group| group == "system:nodes");
    Ok(rows.into_iter().filter(of_nodes).map(|row| row.rolearn).collect())
}
