//! Pod identity associations, in the words of the AWS CLI's JSON.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What ListPodIdentityAssociations gave.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Associations {
    /// Whether all namespaces were listed, or only the target's.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub all_namespaces: bool,
    /// Whether the list was read to its end. A list that was not says nothing about what is missing in it.
    pub complete: bool,
    /// The service account that was asked for by name: about this one even an unfinished list says all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asked_for: Option<String>,
    /// The rows.
    pub associations: Vec<AssociationSummary>,
}

/// One row: the list has no role.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AssociationSummary {
    /// The namespace.
    pub namespace: String,
    /// The service account.
    pub service_account: String,
    /// `a-…`.
    pub association_id: String,
    /// The add-on that owns it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner_arn: Option<String>,
}

impl Associations {
    /// Finds the row of a service account.
    pub fn of(&self, namespace: &str, service_account: &str) -> Option<&AssociationSummary> {
        self.associations.iter().find(|row| row.namespace == namespace && row.service_account == service_account)
    }
}

/// An association, as `aws eks describe-pod-identity-association` prints it under `association`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Association {
    /// The cluster.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub cluster_name: String,
    /// The namespace.
    pub namespace: String,
    /// The service account.
    pub service_account: String,
    /// The role.
    pub role_arn: String,
    /// `a-…`.
    pub association_id: String,
    /// When it was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
    /// When it was last changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub modified_at: Option<Timestamp>,
    /// The add-on that owns it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner_arn: Option<String>,
    /// Whether sessions carry no tags.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disable_session_tags: Option<bool>,
    /// The role that the first role assumes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_role_arn: Option<String>,
    /// What the target role's trust policy may ask for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// A session policy, as JSON text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
    /// The tags of the tool that manages it, by key.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
}

impl Association {
    /// Whether the session carries the six tags of EKS.
    pub fn has_session_tags(&self) -> bool {
        self.disable_session_tags != Some(true)
    }
}
