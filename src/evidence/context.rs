//! What is known before the first call: the kubeconfig context, and which EKS cluster it seems to mean.

use serde::{Deserialize, Serialize};

/// How the words begin that say that nothing told the EKS cluster.
pub const UNNAMED: &str = "the name of the EKS cluster is not known";

/// What is known before the first call, and which of several hints was used.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Context {
    /// The name of the kubeconfig context.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The address of the API server, without user or query.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
    /// The certificates the kubeconfig trusts, PEM.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate_authority: Option<String>,
    /// The name of the EKS cluster.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub eks_cluster: Option<Detected>,
    /// The region.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<Detected>,
    /// The account, where the context says it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// The AWS action that was refused when the cluster was searched by its host, where nothing else told it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused_search: Option<String>,
    /// Other names that were tried, and why they were left.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub other_candidates: Vec<Detected>,
}

/// Something that was detected, and where.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Detected {
    /// The value.
    pub value: String,
    /// `flag`, `contextArn`, `eksctlName`, `execArguments`, `serverHost`, `agentArguments`, `sdk`.
    pub source: String,
}
