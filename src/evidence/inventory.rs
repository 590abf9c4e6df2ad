//! What `list` and `nodes` read of a whole cluster: associations, service accounts, nodes with their agents, and of each pod as
//! little as tells what it got.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::evidence::NodeProbes;
use crate::evidence::kubernetes::agent_log::{AgentError, NodeOutcomes};
use crate::evidence::kubernetes::metadata::OwnerReference;
use crate::evidence::{
    AgentDaemonSet, AgentPod, Association, Associations, CallerIdentity, Cluster, Context, Gap, GapReason, Node,
    Reading, Requests, Role, RootCertificates, Simulation, Source,
};

/// What was read of one cluster.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Inventory {
    /// "Now", by the API server's clock.
    pub collected_at: Timestamp,
    /// How long collecting took, in milliseconds.
    #[serde(default)]
    pub duration_ms: u64,
    /// How many requests were made.
    #[serde(default)]
    pub requests: Requests,
    /// What was known before the first call.
    pub context: Context,
    /// The one namespace that was read; null for all.
    #[serde(default)]
    pub namespace: Option<String>,
    /// Whether only some pods were asked for, by their labels.
    #[serde(default)]
    pub selects_pods: bool,
    /// The EKS cluster.
    pub cluster: Reading<Option<Cluster>>,
    /// Whose credentials ask AWS.
    pub caller_identity: Reading<CallerIdentity>,
    /// The ConfigMap `kube-root-ca.crt`, which tells this cluster from others.
    pub root_certificates: Reading<Option<RootCertificates>>,
    /// The associations: all pages of the cluster, or of the one namespace.
    pub associations: Reading<Associations>,
    /// Each association in full, by its id.
    #[serde(default)]
    pub described: BTreeMap<String, Reading<Option<Association>>>,
    /// The roles of associations, by ARN, target roles among them; read only where trust is judged.
    #[serde(default)]
    pub roles: BTreeMap<String, Reading<Option<Role>>>,
    /// What associated roles may do with their target roles, by the id of the association.
    #[serde(default)]
    pub target_simulations: BTreeMap<String, Reading<Vec<Simulation>>>,
    /// The service accounts.
    pub service_accounts: Reading<Vec<AccountNote>>,
    /// The pods.
    pub pods: Reading<Vec<PodNote>>,
}

/// What is kept of a service account.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AccountNote {
    /// The namespace.
    pub namespace: String,
    /// The name.
    pub name: String,
    /// The role that IRSA would give, by annotation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub annotated_role: Option<String>,
}

/// What is kept of a pod.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PodNote {
    /// The namespace.
    pub namespace: String,
    /// The name.
    pub name: String,
    /// The service account.
    pub service_account: String,
    /// When it was created.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
    /// What made it; null for a bare pod.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<OwnerReference>,
    /// What it got from the webhook of EKS Pod Identity.
    pub injection: Injection,
    /// Whether a container of it carries the variables of IRSA.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub has_web_identity: bool,
    /// Whether SDKs in a container of it surely use other credentials than those of Pod Identity.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub is_shadowed: bool,
    /// How far it is.
    #[serde(skip_serializing_if = "PodLife::is_running")]
    pub life: PodLife,
}

/// How far a pod is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum PodLife {
    /// It runs, or is to.
    #[default]
    Running,
    /// It is being deleted, and runs until then.
    Terminating,
    /// All of it has ended.
    Ended,
}

impl PodLife {
    /// Whether it runs, or is to.
    pub fn is_running(&self) -> bool {
        *self == Self::Running
    }
}

/// What a pod got from the webhook of EKS Pod Identity.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Injection {
    /// The variables, in a container or more.
    Injected,
    /// Nothing.
    #[default]
    Lacking,
    /// Nothing, and it never could: its own labels or annotations leave it out, or it runs where Pod Identity does not work.
    LeftOut,
}

impl Inventory {
    /// An inventory of which nothing could be read, for one reason.
    pub fn unread(context: Context, collected_at: Timestamp, reason: &GapReason, detail: &str) -> Self {
        let gap = |source| Gap::new(source, reason.clone(), detail);
        Self {
            collected_at,
            duration_ms: 0,
            requests: Requests::default(),
            context,
            namespace: None,
            selects_pods: false,
            cluster: Reading::Unavailable(gap(Source::Cluster)),
            caller_identity: Reading::Unavailable(gap(Source::CallerIdentity)),
            root_certificates: Reading::Unavailable(gap(Source::RootCertificates)),
            associations: Reading::Unavailable(gap(Source::Associations)),
            described: BTreeMap::new(),
            roles: BTreeMap::new(),
            target_simulations: BTreeMap::new(),
            service_accounts: Reading::Unavailable(gap(Source::ServiceAccounts)),
            pods: Reading::Unavailable(gap(Source::Siblings)),
        }
    }
}

/// What was read of the nodes of one cluster.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NodeInventory {
    /// "Now", by the API server's clock.
    pub collected_at: Timestamp,
    /// How long collecting took, in milliseconds.
    #[serde(default)]
    pub duration_ms: u64,
    /// How many requests were made.
    #[serde(default)]
    pub requests: Requests,
    /// What was known before the first call.
    pub context: Context,
    /// The nodes, or those with the labels that were asked for.
    pub nodes: Reading<Vec<Node>>,
    /// The daemon sets of the agent.
    pub agent_daemon_sets: Reading<Vec<AgentDaemonSet>>,
    /// The pods of the agent, of all nodes.
    pub agent_pods: Reading<Vec<AgentPod>>,
    /// The pods with the variables of EKS Pod Identity, by their node; ended ones do not count.
    pub pods: Reading<BTreeMap<String, NodePods>>,
    /// Whether the logs of agents were asked for.
    #[serde(default)]
    pub has_logs: bool,
    /// Whether the metrics of agents were asked for.
    #[serde(default)]
    pub has_metrics: bool,
    /// How many answers of each HTTP status the agent of each node gave since it started.
    #[serde(default)]
    pub metrics: BTreeMap<String, Reading<BTreeMap<String, u64>>>,
    /// What the agent of each node logged lately.
    #[serde(default)]
    pub logs: BTreeMap<String, Reading<NodeLog>>,
    /// What a probe on every node saw; `None` where none was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probes: Option<NodeProbes>,
}

/// The pods with the variables on one node.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodePods {
    /// How many there are.
    pub number: usize,
    /// The namespace and the name of one of them.
    pub example: (String, String),
}

/// What the agent of a node logged lately.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct NodeLog {
    /// From when on it was read.
    pub since: Timestamp,
    /// How many requests of pods were answered with credentials.
    pub served: usize,
    /// How many were answered with an error.
    pub failed: usize,
    /// The errors, the most frequent first.
    pub errors: Vec<NodeLogError>,
    /// What concerns the whole node, whichever pod asked.
    pub node: NodeOutcomes,
    /// Why the agent ended, in its own words, where that is the last it said of itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_words: Option<String>,
}

/// One kind of error in the log of an agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeLogError {
    /// How often it was met.
    pub number: usize,
    /// When it was last met.
    pub last: Timestamp,
    /// The last of them, without what looks like a token.
    pub text: String,
}

impl NodeLogError {
    /// What it means.
    pub fn kind(&self) -> AgentError {
        AgentError::read(&self.text)
    }
}
