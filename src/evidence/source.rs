//! The calls that evidence comes from: one list of their names, the fields that they fill, and the least permission each one needs.
//!
//! The evidence itself, gaps, `permissions`, `--plan` and the denial sweep are made from it.

use Scope::{AgentNamespace, AllNamespaces, SystemNamespace, TargetNamespace, WholeCluster};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::evidence::{
    AccessEntries, AccessEntry, AddOn, AgentDaemonSet, AgentLog, AgentPod, Association, Associations, Assumed, AwsAuth,
    BoundToken, CallerIdentity, Canary, CiliumConfig, CiliumPolicy, Cluster, ConfigMaps, Context, ContextKeys,
    FailedCreation, Gap, IdentityProviders, InstanceProfile, NamespaceObject, NetworkEngines, NetworkPolicy, Node,
    NodeClass, NodeGroup, Owner, Pod, PodEvent, PolicyNames, Probes, ProviderSettings, Reading, Requests, Role,
    RootCertificates, Secrets, ServerVersion, ServiceAccount, Siblings, Simulation, Trail, WebhookConfiguration, saved,
};
use crate::target::Target;

/// Where a permission is granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum System {
    /// A Kubernetes RBAC rule.
    Kubernetes,
    /// An IAM action.
    Aws,
}

/// Where in a cluster a Kubernetes permission is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// In the namespace of the target.
    TargetNamespace,
    /// In the namespace of the agent: `kube-system`, unless it was installed elsewhere.
    AgentNamespace,
    /// In `kube-system`, wherever the agent is.
    SystemNamespace,
    /// In every namespace, for what may have been installed in any of them.
    AllNamespaces,
    /// In the whole cluster.
    WholeCluster,
}

/// The least permission that one source needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permission {
    /// Any authenticated user may make the call.
    Free(System),
    /// An RBAC rule.
    Rule {
        /// The verb.
        verb: &'static str,
        /// The API group, empty for the core group.
        group: &'static str,
        /// The plural resource name.
        resources: &'static [&'static str],
        /// Where.
        scope: Scope,
    },
    /// An IAM action.
    Action(&'static str),
}

/// The one list: each row is a variant of [`Source`], the field of [`Evidence`] that it fills with its type, the key of that
/// field, the name in machine output, and the least permission.
macro_rules! sources {
    ($( $(#[$doc:meta])* $variant:ident: $field:ident: $type:ty = $key:literal, $name:literal, $permission:expr; )*) => {
        /// One call, or one family of calls, that evidence comes from.
        ///
        /// Each source fills exactly one field of the evidence, named by [`Source::key`].
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Source { $( $(#[$doc])* $variant, )* }

        impl Source {
            /// All sources, in the order in which they are read.
            pub const ALL: &'static [Self] = &[ $( Self::$variant, )* ];

            /// The field of the evidence that this source fills.
            pub fn key(self) -> &'static str {
                match self { $( Self::$variant => $key, )* }
            }

            /// The name in machine output, such as `eks:DescribeCluster` or `kubernetes:pods`.
            pub fn name(self) -> &'static str {
                match self { $( Self::$variant => $name, )* }
            }

            /// The least permission that answers it.
            pub fn permission(self) -> Permission {
                match self { $( Self::$variant => $permission, )* }
            }
        }

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
            $( $(#[$doc])* pub $field: Reading<$type>, )*
            /// Where the target is a service account: the newest of its pods that has started. The agent pods and the agent's
            /// log are those of its node.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub representative: Option<Pod>,
            /// What the run left behind, in words; empty unless something more than reading was asked for.
            #[serde(default, skip_serializing_if = "Vec::is_empty")]
            pub side_effects: Vec<String>,
        }

        impl Evidence {
            /// Evidence of which nothing has been read yet, for the reason that `why` gives each source.
            pub fn unread(target: Target, context: Context, collected_at: Timestamp, why: impl Fn(Source) -> Gap) -> Self {
                Self {
                    api_version: saved::API_VERSION.to_owned(),
                    kind: saved::KIND.to_owned(),
                    tool_version: env!("CARGO_PKG_VERSION").to_owned(),
                    collected_at,
                    duration_ms: 0,
                    requests: Requests::default(),
                    target,
                    context,
                    $( $field: Reading::Unavailable(why(Source::$variant)), )*
                    representative: None,
                    side_effects: Vec::new(),
                }
            }

            /// The gap of a source, if it was not answered.
            pub fn source_gap(&self, source: Source) -> Option<&Gap> {
                match source { $( Source::$variant => self.$field.gap(), )* }
            }

            /// Replaces what one source told by a gap.
            pub fn lose(&mut self, gap: Gap) {
                match gap.source { $( Source::$variant => self.$field = Reading::Unavailable(gap), )* }
            }
        }
    };
}

const fn rule(verb: &'static str, group: &'static str, resources: &'static [&'static str], scope: Scope) -> Permission {
    Permission::Rule { verb, group, resources, scope }
}

/// Where EKS puts the agent, the VPC CNI and its settings.
pub const SYSTEM_NAMESPACE: &str = "kube-system";

sources! {
    /// The pod, or the workload whose template stands for it.
    Pod: pod: Option<Pod> = "pod", "kubernetes:pods", rule("get", "", &["pods"], TargetNamespace);
    /// Names of the target's kind in its namespace, asked only when the target is not found.
    SimilarNames: similar_names: Vec<String> = "similarNames", "kubernetes:names", rule("list", "", &["pods"], TargetNamespace);
    /// The service account.
    ServiceAccount: service_account: Option<ServiceAccount> = "serviceAccount", "kubernetes:serviceaccounts", rule("get", "", &["serviceaccounts"], TargetNamespace);
    /// The service accounts of the namespace, asked only when the pod's own is not found.
    ServiceAccounts: service_accounts: Vec<String> = "serviceAccounts", "kubernetes:serviceaccounts", rule("list", "", &["serviceaccounts"], TargetNamespace);
    /// The pods of the service account, to compare those of one template.
    Siblings: siblings: Siblings = "siblings", "kubernetes:pods (siblings)", rule("list", "", &["pods"], TargetNamespace);
    /// The owners of the pod, up to the one that a person edits.
    Owner: owner: Option<Owner> = "owner", "kubernetes:owners", rule("get", "apps", &["replicasets", "deployments", "statefulsets", "daemonsets"], TargetNamespace);
    /// The job that owns the pod, and its cron job.
    Job: job: Option<Owner> = "job", "kubernetes:jobs", rule("get", "batch", &["jobs", "cronjobs"], TargetNamespace);
    /// The events that say why pods could not be created, asked where some are missing.
    Events: events: Vec<FailedCreation> = "events", "kubernetes:events", rule("list", "", &["events"], TargetNamespace);
    /// The warnings about the pod itself, asked where it does not start.
    PodEvents: pod_events: Vec<PodEvent> = "podEvents", "kubernetes:events (pod)", rule("list", "", &["events"], TargetNamespace);
    /// The ConfigMaps that containers take environment from.
    ConfigMaps: config_maps: ConfigMaps = "configMaps", "kubernetes:configmaps", rule("get", "", &["configmaps"], TargetNamespace);
    /// The names of the keys of Secrets that containers take environment from, read only with a switch of its own.
    Secrets: secrets: Secrets = "secrets", "kubernetes:secrets", rule("get", "", &["secrets"], TargetNamespace);
    /// The ConfigMap `kube-root-ca.crt` of the target's namespace.
    RootCertificates: root_certificates: Option<RootCertificates> = "rootCertificates", "kubernetes:configmaps/kube-root-ca.crt", rule("get", "", &["configmaps"], TargetNamespace);
    /// The namespace, for its labels.
    Namespace: namespace: Option<NamespaceObject> = "namespace", "kubernetes:namespaces", rule("get", "", &["namespaces"], WholeCluster);
    /// The node of the pod.
    Node: node: Option<Node> = "node", "kubernetes:nodes", rule("get", "", &["nodes"], WholeCluster);
    /// The network policies of the target's namespace.
    NetworkPolicies: network_policies: Vec<NetworkPolicy> = "networkPolicies", "kubernetes:networkpolicies", rule("list", "networking.k8s.io", &["networkpolicies"], TargetNamespace);
    /// The daemon sets of networks, which stand in the same list as those of the agent.
    NetworkEngines: network_engines: NetworkEngines = "networkEngines", "kubernetes:daemonsets (network)", rule("list", "apps", &["daemonsets"], AllNamespaces);
    /// Cilium's policies of the target's namespace, asked only where Cilium is seen.
    CiliumNetworkPolicies: cilium_network_policies: Vec<CiliumPolicy> = "ciliumNetworkPolicies", "kubernetes:ciliumnetworkpolicies", rule("list", "cilium.io", &["ciliumnetworkpolicies"], TargetNamespace);
    /// Cilium's policies of the whole cluster, asked only where Cilium is seen.
    CiliumClusterwideNetworkPolicies: cilium_clusterwide_network_policies: Vec<CiliumPolicy> = "ciliumClusterwideNetworkPolicies", "kubernetes:ciliumclusterwidenetworkpolicies", rule("list", "cilium.io", &["ciliumclusterwidenetworkpolicies"], WholeCluster);
    /// Cilium's settings, asked only where Cilium is seen.
    CiliumConfig: cilium_config: Option<CiliumConfig> = "ciliumConfig", "kubernetes:configmaps/cilium-config", rule("get", "", &["configmaps"], SystemNamespace);
    /// The daemon sets of the agent.
    AgentDaemonSets: agent_daemon_sets: Vec<AgentDaemonSet> = "agentDaemonSets", "kubernetes:daemonsets", rule("list", "apps", &["daemonsets"], AllNamespaces);
    /// The agent pods on the node of the pod.
    AgentPods: agent_pods: Vec<AgentPod> = "agentPods", "kubernetes:pods (agent)", rule("list", "", &["pods"], AgentNamespace);
    /// The mutating webhook configurations.
    Webhooks: webhooks: Vec<WebhookConfiguration> = "webhooks", "kubernetes:mutatingwebhookconfigurations", rule("list", "admissionregistration.k8s.io", &["mutatingwebhookconfigurations"], WholeCluster);
    /// The version of the API server.
    Version: version: ServerVersion = "version", "kubernetes:/version", Permission::Free(System::Kubernetes);
    /// The EKS cluster.
    Cluster: cluster: Option<Cluster> = "cluster", "eks:DescribeCluster", Permission::Action("eks:DescribeCluster");
    /// The associations of the namespace, or of the whole cluster when looking for near misses.
    Associations: associations: Associations = "associations", "eks:ListPodIdentityAssociations", Permission::Action("eks:ListPodIdentityAssociations");
    /// The association of the service account.
    Association: association: Option<Association> = "association", "eks:DescribePodIdentityAssociation", Permission::Action("eks:DescribePodIdentityAssociation");
    /// The agent add-on.
    AddOn: add_on: Option<AddOn> = "addOn", "eks:DescribeAddon", Permission::Action("eks:DescribeAddon");
    /// Whose credentials ask AWS.
    CallerIdentity: caller_identity: CallerIdentity = "callerIdentity", "sts:GetCallerIdentity", Permission::Free(System::Aws);
    /// The associated role with its trust policy.
    Role: role: Option<Role> = "role", "iam:GetRole", Permission::Action("iam:GetRole");
    /// The role that the annotation of IRSA names, asked only where there is no association.
    IrsaRole: irsa_role: Option<Role> = "irsaRole", "iam:GetRole (IRSA)", Permission::Action("iam:GetRole");
    /// The identity providers of the account, asked only where the pod is on IRSA.
    IdentityProviders: identity_providers: IdentityProviders = "identityProviders", "iam:ListOpenIDConnectProviders", Permission::Action("iam:ListOpenIDConnectProviders");
    /// The settings of the cluster's identity provider, asked only where the pod is on IRSA.
    IdentityProvider: identity_provider: Option<ProviderSettings> = "identityProvider", "iam:GetOpenIDConnectProvider", Permission::Action("iam:GetOpenIDConnectProvider");
    /// The target role of the association, with its trust policy.
    TargetRole: target_role: Option<Role> = "targetRole", "iam:GetRole (target)", Permission::Action("iam:GetRole");
    /// What the policies of the associated role let it do with the target role.
    TargetRoleSimulation: target_role_simulation: Vec<Simulation> = "targetRoleSimulation", "iam:SimulatePrincipalPolicy (target)", Permission::Action("iam:SimulatePrincipalPolicy");
    /// The condition keys that the policies of the associated role mention, asked only where session tags are off.
    RoleContextKeys: role_context_keys: ContextKeys = "roleContextKeys", "iam:GetContextKeysForPrincipalPolicy", Permission::Action("iam:GetContextKeysForPrincipalPolicy");
    /// The policies that stand in the associated role, asked only where it acts itself.
    RoleInlinePolicies: role_inline_policies: Option<PolicyNames> = "roleInlinePolicies", "iam:ListRolePolicies", Permission::Action("iam:ListRolePolicies");
    /// The policies that are attached to the associated role, asked only where it acts itself.
    RoleAttachedPolicies: role_attached_policies: Option<PolicyNames> = "roleAttachedPolicies", "iam:ListAttachedRolePolicies", Permission::Action("iam:ListAttachedRolePolicies");
    /// The agent's own log lines about the pod.
    AgentLog: agent_log: AgentLog = "agentLog", "kubernetes:pods/log (agent)", rule("get", "", &["pods/log"], AgentNamespace);
    /// The managed node group of the node.
    NodeGroup: node_group: Option<NodeGroup> = "nodeGroup", "eks:DescribeNodegroup", Permission::Action("eks:DescribeNodegroup");
    /// The node class of an Auto Mode node, where it is not the one that EKS makes.
    NodeClass: node_class: Option<NodeClass> = "nodeClass", "kubernetes:nodeclasses", rule("get", "eks.amazonaws.com", &["nodeclasses"], WholeCluster);
    /// The node class of a node of Karpenter.
    Ec2NodeClass: ec2_node_class: Option<NodeClass> = "ec2NodeClass", "kubernetes:ec2nodeclasses", rule("get", "karpenter.k8s.aws", &["ec2nodeclasses"], WholeCluster);
    /// The instance profile that a node class names in the place of a role.
    InstanceProfile: instance_profile: Option<InstanceProfile> = "instanceProfile", "iam:GetInstanceProfile", Permission::Action("iam:GetInstanceProfile");
    /// Who has an access entry, asked where nothing else tells the role of a node.
    AccessEntries: access_entries: AccessEntries = "accessEntries", "eks:ListAccessEntries", Permission::Action("eks:ListAccessEntries");
    /// The access entries of roles, for their types.
    NodeAccessEntries: node_access_entries: Vec<AccessEntry> = "nodeAccessEntries", "eks:DescribeAccessEntry", Permission::Action("eks:DescribeAccessEntry");
    /// The ConfigMap `aws-auth`, which older clusters have in the place of access entries.
    AwsAuth: aws_auth: Option<AwsAuth> = "awsAuth", "kubernetes:configmaps/aws-auth", rule("get", "", &["configmaps"], SystemNamespace);
    /// Whether the node's role may call EKS Auth.
    NodeRoleSimulation: node_role_simulation: Simulation = "nodeRoleSimulation", "iam:SimulatePrincipalPolicy", Permission::Action("iam:SimulatePrincipalPolicy");
    /// Dry-runs of new pods, asked only with `--canary`.
    Canary: canary: Canary = "canary", "kubernetes:pods (dry-run)", rule("create", "", &["pods"], TargetNamespace);
    /// What the agent of an Auto Mode node logged about the pod: the node keeps it, and it is asked only with `--node-logs`.
    NodeLog: node_log: AgentLog = "nodeLog", "kubernetes:nodes/proxy (agent's log)", rule("get", "", &["nodes/proxy"], WholeCluster);
    /// A token bound to the pod, made only with `--assume`.
    BoundToken: bound_token: BoundToken = "boundToken", "kubernetes:serviceaccounts/token", rule("create", "", &["serviceaccounts/token"], TargetNamespace);
    /// The pod's credentials, asked of EKS Auth from here only with `--assume`.
    Assume: assume: Assumed = "assume", "eks-auth:AssumeRoleForPodIdentity", Permission::Action("eks-auth:AssumeRoleForPodIdentity");
    /// What CloudTrail recorded of the pod, its role and its association, asked only with `--cloudtrail`.
    Trail: trail: Trail = "trail", "cloudtrail:LookupEvents", Permission::Action("cloudtrail:LookupEvents");
    /// What a program saw in the containers, asked only with `--probe`.
    Probe: probe: Probes = "probe", "podid-probe", rule("create", "", &["pods/exec"], TargetNamespace);
}

impl Permission {
    /// The system that grants it.
    pub fn system(self) -> System {
        match self {
            Self::Free(system) => system,
            Self::Rule { .. } => System::Kubernetes,
            Self::Action(_) => System::Aws,
        }
    }

    /// The permission in words, with the namespace where it is needed; `None` for what needs none.
    pub fn text(self, target_namespace: &str, agent_namespace: &str) -> Option<String> {
        match self {
            Self::Free(_) => None,
            Self::Action(action) => Some(action.to_owned()),
            Self::Rule { verb, resources, scope, .. } => {
                let place = match scope {
                    TargetNamespace => format!(" in {target_namespace}"),
                    AgentNamespace => format!(" in {agent_namespace}"),
                    SystemNamespace => format!(" in {SYSTEM_NAMESPACE}"),
                    AllNamespaces => " in all namespaces".to_owned(),
                    WholeCluster => String::new(),
                };
                Some(format!("{verb} {}{place}", resources.join(", ")))
            }
        }
    }
}

impl Source {
    /// Finds the source that fills a field of the evidence.
    pub fn by_key(key: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|source| source.key() == key)
    }

    /// The system that answers it.
    pub fn system(self) -> System {
        self.permission().system()
    }

    /// The switch that asks for it, for what does more than read, or reads more than a diagnosis should; nobody asks such a
    /// source otherwise.
    pub fn switch(self) -> Option<&'static str> {
        match self {
            Self::Secrets => Some("--inspect-secrets"),
            Self::Canary => Some("--canary"),
            Self::BoundToken | Self::Assume => Some("--assume"),
            Self::Trail => Some("--cloudtrail"),
            Self::NodeLog => Some("--node-logs"),
            Self::Probe => Some("--probe"),
            _ => None,
        }
    }

    /// Whether it is the log of an agent, of its pods or of its node.
    pub fn is_agent_log(self) -> bool {
        matches!(self, Self::AgentLog | Self::NodeLog)
    }

    /// Whether asking for it is more than reading.
    pub fn goes_beyond_reading(self) -> bool {
        matches!(self, Self::Canary | Self::NodeLog | Self::BoundToken | Self::Assume | Self::Trail | Self::Probe)
    }

    /// The permission in words, with the namespace where it is needed.
    pub fn permission_text(self, target_namespace: &str, agent_namespace: &str) -> Option<String> {
        self.permission().text(target_namespace, agent_namespace)
    }
}

impl Serialize for Source {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.key())
    }
}

impl<'de> Deserialize<'de> for Source {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let key = String::deserialize(deserializer)?;
        Self::by_key(&key).ok_or_else(|| serde::de::Error::custom(format!("no source is called {key}")))
    }
}

/// One right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Right {
    /// The verb.
    pub verb: String,
    /// The API group, empty for the core group.
    pub group: String,
    /// The plural resource name, with its subresource: `pods/log`.
    pub resource: String,
    /// The namespace; `None` for the whole cluster.
    pub namespace: Option<String>,
}

/// Whether the user has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Access {
    /// Yes.
    Held,
    /// No.
    Missing,
    /// The API server could not tell, with the reason.
    Unknown(String),
}

impl Right {
    /// `get pods/log in kube-system`.
    pub fn words(&self) -> String {
        let group = if self.group.is_empty() { String::new() } else { format!(".{}", self.group) };
        let place = self.namespace.as_ref().map(|namespace| format!(" in {namespace}")).unwrap_or_default();
        format!("{} {}{group}{place}", self.verb, self.resource)
    }
}
