//! Taking a source away: what a refusal of it would leave.

use crate::evidence::{Evidence, Gap, Reading, Source};

impl Evidence {
    /// Replaces what one source told by a gap.
    pub fn lose(&mut self, gap: Gap) {
        match gap.source {
            Source::Pod => self.pod = Reading::Unavailable(gap),
            Source::SimilarNames => self.similar_names = Reading::Unavailable(gap),
            Source::ServiceAccount => self.service_account = Reading::Unavailable(gap),
            Source::ServiceAccounts => self.service_accounts = Reading::Unavailable(gap),
            Source::Siblings => self.siblings = Reading::Unavailable(gap),
            Source::Owner => self.owner = Reading::Unavailable(gap),
            Source::Job => self.job = Reading::Unavailable(gap),
            Source::Events => self.events = Reading::Unavailable(gap),
            Source::ConfigMaps => self.config_maps = Reading::Unavailable(gap),
            Source::Secrets => self.secrets = Reading::Unavailable(gap),
            Source::RootCertificates => self.root_certificates = Reading::Unavailable(gap),
            Source::Namespace => self.namespace = Reading::Unavailable(gap),
            Source::Node => self.node = Reading::Unavailable(gap),
            Source::NetworkPolicies => self.network_policies = Reading::Unavailable(gap),
            Source::NetworkEngines => self.network_engines = Reading::Unavailable(gap),
            Source::CiliumNetworkPolicies => self.cilium_network_policies = Reading::Unavailable(gap),
            Source::CiliumClusterwideNetworkPolicies => {
                self.cilium_clusterwide_network_policies = Reading::Unavailable(gap);
            }
            Source::CiliumConfig => self.cilium_config = Reading::Unavailable(gap),
            Source::AgentDaemonSets => self.agent_daemon_sets = Reading::Unavailable(gap),
            Source::AgentPods => self.agent_pods = Reading::Unavailable(gap),
            Source::Webhooks => self.webhooks = Reading::Unavailable(gap),
            Source::Version => self.version = Reading::Unavailable(gap),
            Source::Cluster => self.cluster = Reading::Unavailable(gap),
            Source::Associations => self.associations = Reading::Unavailable(gap),
            Source::Association => self.association = Reading::Unavailable(gap),
            Source::AddOn => self.add_on = Reading::Unavailable(gap),
            Source::CallerIdentity => self.caller_identity = Reading::Unavailable(gap),
            Source::Role => self.role = Reading::Unavailable(gap),
            Source::IrsaRole => self.irsa_role = Reading::Unavailable(gap),
            Source::IdentityProviders => self.identity_providers = Reading::Unavailable(gap),
            Source::TargetRole => self.target_role = Reading::Unavailable(gap),
            Source::TargetRoleSimulation => self.target_role_simulation = Reading::Unavailable(gap),
            Source::RoleContextKeys => self.role_context_keys = Reading::Unavailable(gap),
            Source::AgentLog => self.agent_log = Reading::Unavailable(gap),
            Source::NodeGroup => self.node_group = Reading::Unavailable(gap),
            Source::NodeClass => self.node_class = Reading::Unavailable(gap),
            Source::Ec2NodeClass => self.ec2_node_class = Reading::Unavailable(gap),
            Source::InstanceProfile => self.instance_profile = Reading::Unavailable(gap),
            Source::AccessEntries => self.access_entries = Reading::Unavailable(gap),
            Source::NodeAccessEntries => self.node_access_entries = Reading::Unavailable(gap),
            Source::AwsAuth => self.aws_auth = Reading::Unavailable(gap),
            Source::NodeRoleSimulation => self.node_role_simulation = Reading::Unavailable(gap),
            Source::Canary => self.canary = Reading::Unavailable(gap),
            Source::BoundToken => self.bound_token = Reading::Unavailable(gap),
            Source::Assume => self.assume = Reading::Unavailable(gap),
            Source::Probe => self.probe = Reading::Unavailable(gap),
        }
    }
}
