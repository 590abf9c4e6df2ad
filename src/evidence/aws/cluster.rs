//! An EKS cluster, its add-ons, its nodes as EKS and Karpenter see them, and the identity providers of its account.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};

use crate::evidence::kubernetes::metadata::Metadata;

/// What `aws iam list-open-id-connect-providers` prints.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct IdentityProviders {
    /// One entry a provider.
    #[serde(rename = "OpenIDConnectProviderList")]
    pub list: Vec<IdentityProvider>,
}

/// A provider.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct IdentityProvider {
    /// `arn:PARTITION:iam::ACCOUNT:oidc-provider/HOST/PATH`.
    pub arn: String,
}

/// What `aws iam get-open-id-connect-provider` prints.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ProviderSettings {
    /// The audiences that it accepts.
    #[serde(rename = "ClientIDList")]
    pub client_id_list: Vec<String>,
}

impl IdentityProviders {
    /// Whether one has this ARN.
    pub fn has(&self, arn: &str) -> bool {
        self.list.iter().any(|provider| provider.arn == arn)
    }
}

/// An EKS cluster, as `aws eks describe-cluster` prints it under `cluster`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Cluster {
    /// The name.
    pub name: String,
    /// `arn:PARTITION:eks:REGION:ACCOUNT:cluster/NAME`.
    pub arn: String,
    /// `1.34`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// `eks.9`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platform_version: Option<String>,
    /// `ACTIVE`, `UPDATING`, …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// The address of the API server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// What the API server is signed with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate_authority: Option<CertificateAuthority>,
    /// Set for an Auto Mode cluster.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compute_config: Option<ComputeConfig>,
    /// Set for a cluster on an Outpost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outpost_config: Option<serde_json::Value>,
    /// Set for a cluster that is only connected, not run by EKS.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connector_config: Option<serde_json::Value>,
    /// Addresses of pods and services.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kubernetes_network_config: Option<NetworkConfig>,
    /// Who signs the tokens of its service accounts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity: Option<Identity>,
    /// What EKS knows to be wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub health: Option<Health>,
}

/// Who signs the tokens of a cluster's service accounts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Identity {
    /// As an OpenID Connect provider.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub oidc: Option<Oidc>,
}

/// A cluster as an OpenID Connect provider.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Oidc {
    /// `https://oidc.eks.eu-west-1.amazonaws.com/id/…`
    pub issuer: String,
}

impl Cluster {
    /// Whether EKS runs nodes of its own in it: Auto Mode.
    pub fn has_auto_mode(&self) -> bool {
        self.compute_config.as_ref().is_some_and(|config| config.enabled)
    }

    /// Its issuer as IAM names it, without `https://`, where EKS told one.
    pub fn issuer(&self) -> Option<&str> {
        let issuer = &self.identity.as_ref()?.oidc.as_ref()?.issuer;
        Some(issuer.trim_start_matches("https://").trim_end_matches('/')).filter(|issuer| !issuer.is_empty())
    }
}

/// A certificate authority.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertificateAuthority {
    /// PEM, in base64.
    #[serde(default)]
    pub data: String,
}

/// The Auto Mode settings.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ComputeConfig {
    /// Whether Auto Mode is on.
    pub enabled: bool,
    /// The role of its nodes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub node_role_arn: Option<String>,
}

/// Addresses of pods and services.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct NetworkConfig {
    /// `ipv4` or `ipv6`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ip_family: Option<String>,
}

/// What EKS knows to be wrong with a cluster or an add-on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Health {
    /// The issues.
    pub issues: Vec<HealthIssue>,
}

/// One issue.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct HealthIssue {
    /// One word.
    pub code: String,
    /// A sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// What it is about.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub resource_ids: Vec<String>,
}

/// An add-on, as `aws eks describe-addon` prints it under `addon`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AddOn {
    /// The name.
    pub addon_name: String,
    /// `v1.3.10-eksbuild.2`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub addon_version: Option<String>,
    /// `ACTIVE`, `DEGRADED`, …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// What EKS knows to be wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub health: Option<Health>,
    /// When it was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
    /// When it was last changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub modified_at: Option<Timestamp>,
    /// The role that it gives its service account through IRSA.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_account_role_arn: Option<String>,
    /// The ARNs of the associations that it owns.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub pod_identity_associations: Vec<String>,
}

/// Whose credentials ask AWS, as `aws sts get-caller-identity` prints it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct CallerIdentity {
    /// The account.
    pub account: String,
    /// The principal.
    pub arn: String,
}

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
