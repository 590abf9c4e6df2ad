//! The associated role, in the words of the AWS CLI's JSON.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A role, as `aws iam get-role` prints it under `Role`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Role {
    /// The name, without its path.
    pub role_name: String,
    /// `arn:PARTITION:iam::ACCOUNT:role/PATH/NAME`.
    pub arn: String,
    /// Changes when a role is deleted and made again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role_id: Option<String>,
    /// When it was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub create_date: Option<Timestamp>,
    /// The trust policy: parsed JSON, or its text where it does not parse.
    pub assume_role_policy_document: Value,
    /// The boundary of its permissions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub permissions_boundary: Option<PermissionsBoundary>,
}

/// A permissions boundary.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct PermissionsBoundary {
    /// The policy.
    pub permissions_boundary_arn: String,
}
