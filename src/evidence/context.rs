//! What is known before the first call: the kubeconfig context, and which EKS cluster it seems to mean.

use serde::{Deserialize, Serialize};

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
    /// Names of clusters like the one that EKS does not know.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub similar_clusters: Vec<String>,
    /// Other names that were tried, and why they were left.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub other_candidates: Vec<Detected>,
    /// The flags that chose the cluster and the account.
    #[serde(skip_serializing_if = "Typed::is_empty")]
    pub typed: Typed,
}

/// The flags by which a person chose the cluster and the AWS account. A command that is printed has to name the same: without them it
/// would reach the current context, and the default profile.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Typed {
    /// `--kubeconfig`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kubeconfig: Option<String>,
    /// `--context`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context: Option<String>,
    /// `--cluster`, of the kubeconfig
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster: Option<String>,
    /// `--user`, of the kubeconfig
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// `--server`, without a password
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
    /// `--eks-cluster`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub eks_cluster: Option<String>,
    /// `--region`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// `--aws-profile`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aws_profile: Option<String>,
}

impl Typed {
    /// Whether nothing was typed.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
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

/// What a person typed.
const TYPED: &str = "flag";

impl Context {
    /// Says what the EKS cluster that was asked about was guessed from; `None` where its name and its region were typed, or
    /// where the server's host tells the region.
    pub fn guess(&self) -> Option<String> {
        let of_server =
            |region: &str| self.server.as_deref().is_some_and(|server| server.contains(&format!(".{region}.")));
        let name = self.eks_cluster.as_ref()?;
        if name.source != TYPED {
            return Some(format!("from {}", name.origin()));
        }
        let region = self.region.as_ref().filter(|region| region.source != TYPED && !of_server(&region.value))?;
        Some(format!("to be in {}, the region of {}", region.value, region.origin()))
    }
}

impl Detected {
    /// Where it stands, in words.
    fn origin(&self) -> &'static str {
        match self.source.as_str() {
            "contextArn" => "an ARN in the kubeconfig",
            "eksctlName" => "a name of eksctl in the kubeconfig",
            "execArguments" => "the login command of the kubeconfig",
            "serverHost" => "the host of the API server",
            "agentArguments" => "the arguments of the agent",
            _ => "the AWS settings of this machine",
        }
    }
}
