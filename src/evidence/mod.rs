//! What was collected: small owned structs that hold no secret and no SDK type.
//!
//! `collect` makes it, `checks` read it, and `--save` writes it: a saved file gives the same verdict for ever, because
//! everything to the right is a pure function of this one value. Each [`Source`] fills exactly one field.

pub mod asked;
pub mod aws;
pub mod context;
pub mod kubernetes;
pub mod loss;
pub mod milestone;
pub mod reading;
pub mod right;
pub mod saved;
pub mod source;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use asked::assume::{Assumed, BoundToken};
pub use asked::canary::Canary;
pub use asked::probe::{ProbePlace, ProbeReport, Probed, Probes};
pub use aws::association::{Association, Associations};
pub use aws::cluster::{AddOn, CallerIdentity, Cluster};
pub use aws::context_keys::ContextKeys;
pub use aws::identity_providers::IdentityProviders;
pub use aws::node_compute::{AccessEntries, AccessEntry, AwsAuth, InstanceProfile, NodeClass, NodeGroup};
pub use aws::role::Role;
pub use aws::simulation::Simulation;
pub use context::Context;
pub use kubernetes::agent::{AgentContainer, AgentDaemonSet, AgentPod};
pub use kubernetes::agent_log::AgentLog;
pub use kubernetes::cilium::{CiliumConfig, CiliumPolicy};
pub use kubernetes::config_map::{ConfigMaps, RootCertificates};
pub use kubernetes::failed_creation::{FailedCreation, Refusal};
pub use kubernetes::metadata::Metadata;
pub use kubernetes::network_engine::NetworkEngines;
pub use kubernetes::network_policy::NetworkPolicy;
pub use kubernetes::node::Node;
pub use kubernetes::owner::Owner;
pub use kubernetes::pod::{Container, Pod};
pub use kubernetes::secret::{SecretKeys, Secrets};
pub use kubernetes::service_account::ServiceAccount;
pub use kubernetes::siblings::{Sibling, Siblings};
pub use kubernetes::webhook::WebhookConfiguration;
pub use reading::{Gap, GapReason, Reading};
pub use source::Source;

use crate::target::Target;

/// Everything that one diagnosis rests on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Evidence {
    /// Always `podid/v1`.
    pub api_version: String,
    /// Always `Evidence`.
    pub kind: String,
    /// The version of the tool that collected it.
    #[serde(default)]
    pub tool_version: String,
    /// "Now", by the API server's clock.
    pub collected_at: Timestamp,
    /// How long collecting took, in milliseconds.
    #[serde(default)]
    pub duration_ms: u64,
    /// How many requests were made.
    #[serde(default)]
    pub requests: Requests,
    /// What is diagnosed.
    pub target: Target,
    /// What was known before the first call.
    pub context: Context,
    /// The pod; absent where the target has none.
    pub pod: Reading<Option<Pod>>,
    /// Names of the target's kind in its namespace.
    pub similar_names: Reading<Vec<String>>,
    /// The service account of the pod.
    pub service_account: Reading<Option<ServiceAccount>>,
    /// Names of the service accounts of the namespace.
    pub service_accounts: Reading<Vec<String>>,
    /// The pods of the service account, first page.
    pub siblings: Reading<Siblings>,
    /// Where the target is a service account: the newest of its pods that has started. The agent pods and the agent's log are
    /// those of its node.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub representative: Option<Pod>,
    /// The workload that a person edits; absent for a bare pod.
    pub owner: Reading<Option<Owner>>,
    /// The job or cron job that owns the pod.
    pub job: Reading<Option<Owner>>,
    /// Why pods of the namespace could not be created lately.
    pub events: Reading<Vec<FailedCreation>>,
    /// The ConfigMaps that containers take environment from.
    pub config_maps: Reading<ConfigMaps>,
    /// The names of the keys of Secrets that containers take environment from; not asked without a switch.
    pub secrets: Reading<Secrets>,
    /// `kube-root-ca.crt` of the namespace.
    pub root_certificates: Reading<Option<RootCertificates>>,
    /// The namespace.
    pub namespace: Reading<Option<NamespaceObject>>,
    /// The node.
    pub node: Reading<Option<Node>>,
    /// The network policies of the namespace.
    pub network_policies: Reading<Vec<NetworkPolicy>>,
    /// The daemon sets of networks.
    pub network_engines: Reading<NetworkEngines>,
    /// Cilium's policies of the namespace.
    pub cilium_network_policies: Reading<Vec<CiliumPolicy>>,
    /// Cilium's policies of the whole cluster.
    pub cilium_clusterwide_network_policies: Reading<Vec<CiliumPolicy>>,
    /// Cilium's settings; absent where it has none.
    pub cilium_config: Reading<Option<CiliumConfig>>,
    /// The daemon sets of the agent.
    pub agent_daemon_sets: Reading<Vec<AgentDaemonSet>>,
    /// The agent pods on the node.
    pub agent_pods: Reading<Vec<AgentPod>>,
    /// All mutating webhook configurations.
    pub webhooks: Reading<Vec<WebhookConfiguration>>,
    /// The version of the API server.
    pub version: Reading<ServerVersion>,
    /// The EKS cluster; absent where EKS answered that there is none of that name.
    pub cluster: Reading<Option<Cluster>>,
    /// The associations.
    pub associations: Reading<Associations>,
    /// The association of the service account; absent where there is none.
    pub association: Reading<Option<Association>>,
    /// The agent add-on; absent where EKS manages none.
    pub add_on: Reading<Option<AddOn>>,
    /// Whose credentials asked AWS.
    pub caller_identity: Reading<CallerIdentity>,
    /// The associated role; absent where IAM has none of that name.
    pub role: Reading<Option<Role>>,
    /// The role of IRSA; absent where IAM has none of that name.
    pub irsa_role: Reading<Option<Role>>,
    /// The identity providers that IAM knows.
    pub identity_providers: Reading<IdentityProviders>,
    /// The target role of the association; absent where IAM has none of that name.
    pub target_role: Reading<Option<Role>>,
    /// What the associated role may do with the target role: one answer for each action.
    pub target_role_simulation: Reading<Vec<Simulation>>,
    /// The condition keys that the policies of the associated role mention.
    pub role_context_keys: Reading<ContextKeys>,
    /// What the agent logged about the pod.
    pub agent_log: Reading<AgentLog>,
    /// The managed node group of the node.
    pub node_group: Reading<Option<NodeGroup>>,
    /// The node class of an Auto Mode node.
    pub node_class: Reading<Option<NodeClass>>,
    /// The node class of a node of Karpenter.
    pub ec2_node_class: Reading<Option<NodeClass>>,
    /// The instance profile that a node class names.
    pub instance_profile: Reading<Option<InstanceProfile>>,
    /// Who has an access entry.
    pub access_entries: Reading<AccessEntries>,
    /// The access entries of roles.
    pub node_access_entries: Reading<Vec<AccessEntry>>,
    /// The ConfigMap `aws-auth`; absent where there is none.
    pub aws_auth: Reading<Option<AwsAuth>>,
    /// Whether the node's role may call EKS Auth.
    pub node_role_simulation: Reading<Simulation>,
    /// What became of dry-runs of new pods.
    pub canary: Reading<Canary>,
    /// A token that was made for the pod.
    pub bound_token: Reading<BoundToken>,
    /// What EKS Auth answered when it was asked from here.
    pub assume: Reading<Assumed>,
    /// What the run left behind, in words; empty unless something more than reading was asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub side_effects: Vec<String>,
    /// What was seen in the containers themselves.
    pub probe: Reading<Probes>,
}

/// How many requests were made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Requests {
    /// To the Kubernetes API.
    pub kubernetes: u32,
    /// To AWS.
    pub aws: u32,
}

/// A namespace, for its labels.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct NamespaceObject {
    /// Name and labels.
    pub metadata: Metadata,
}

/// The version of the API server, as `/version` answers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ServerVersion {
    /// `v1.34.4-eks-5fba1b5`.
    pub git_version: String,
}
