//! What was collected: small owned structs that hold no secret and no SDK type.
//!
//! `collect` makes it, `checks` read it, and `--save` writes it: a saved file gives the same verdict for ever, because
//! everything to the right is a pure function of this one value. Each [`Source`] fills exactly one field.

pub mod asked;
pub mod aws;
pub mod context;
pub mod inventory;
pub mod kubernetes;
pub mod reading;
pub mod saved;
pub mod source;

pub use asked::assume::{Assumed, BoundToken, Trail};
pub use asked::canary::Canary;
pub use asked::node_probes::{NodeProbe, NodeProbes};
pub use asked::probe::{ProbePlace, ProbeReport, Probed, Probes};
pub use aws::association::{Association, Associations};
pub use aws::cluster::{
    AccessEntries, AccessEntry, AddOn, AwsAuth, CallerIdentity, Cluster, IdentityProviders, InstanceProfile, NodeClass,
    NodeGroup, ProviderSettings,
};
pub use aws::role::{PolicyNames, Role};
pub use aws::simulation::{ContextKeys, Simulation};
pub use context::Context;
pub use inventory::NodeInventory;
pub use inventory::{AccountNote, Inventory, PodNote};
pub use kubernetes::agent::{AgentContainer, AgentDaemonSet, AgentPod};
pub use kubernetes::agent_log::AgentLog;
pub use kubernetes::failed_creation::PodEvent;
pub use kubernetes::failed_creation::{FailedCreation, Refusal};
pub use kubernetes::metadata::{Metadata, Owner, ServiceAccount};
pub use kubernetes::network_engine::{CiliumConfig, CiliumPolicy, NetworkEngines};
pub use kubernetes::network_policy::NetworkPolicy;
pub use kubernetes::node::Node;
pub use kubernetes::pod::{Container, Pod};
pub use kubernetes::pod::{Sibling, Siblings};
pub use kubernetes::secret::{ConfigMaps, RootCertificates, SecretKeys, Secrets};
pub use kubernetes::webhook::WebhookConfiguration;
pub use reading::{Gap, GapReason, Reading};
use serde::{Deserialize, Serialize};
pub use source::{Evidence, Source};

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

macro_rules! milestones {
    ($( $(#[$doc:meta])* $variant:ident = $word:literal, $phrase:literal; )*) => {
        /// The kinds of moment, in the order in which those of the same time are listed.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Milestone { $( $(#[$doc])* $variant, )* }

        impl Milestone {
            /// The word in machine output.
            pub fn word(self) -> &'static str {
                match self { $( Self::$variant => $word, )* }
            }

            /// What stands before the name of the object in the human report.
            pub fn phrase(self) -> &'static str {
                match self { $( Self::$variant => $phrase, )* }
            }
        }
    };
}

milestones! {
    /// The configuration of the webhook was created.
    WebhookCreated = "webhookCreated", "webhook configuration created";
    /// The service account was created.
    ServiceAccountCreated = "serviceAccountCreated", "service account created";
    /// The role was created.
    RoleCreated = "roleCreated", "role created";
    /// The association was created.
    AssociationCreated = "associationCreated", "association created";
    /// The association was last changed.
    AssociationChanged = "associationChanged", "association changed";
    /// The node became ready.
    NodeReady = "nodeReady", "node ready";
    /// The agent's container started.
    AgentStarted = "agentStarted", "agent started";
    /// The agent's pod became ready.
    AgentReady = "agentReady", "agent ready";
    /// The pod was created.
    PodCreated = "podCreated", "pod created";
    /// The pod was scheduled to its node.
    PodScheduled = "podScheduled", "pod scheduled";
    /// A container started.
    ContainerStarted = "containerStarted", "container started";
    /// The agent first logged that it fetched credentials for the pod.
    FirstFetched = "firstFetched", "credentials first fetched";
    /// The agent last logged that it fetched credentials for the pod.
    LastFetched = "lastFetched", "credentials last fetched";
    /// The agent last logged an error for the pod.
    LastRefused = "lastRefused", "error last logged";
}
