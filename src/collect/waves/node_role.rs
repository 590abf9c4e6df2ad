//! From a node to its role, and to whether that role may call EKS Auth; asked only where the agent's log does not show it.

use futures::join;

use crate::collect::access::clients::AwsClients;
use crate::collect::read::node_compute as read;
use crate::collect::read::simulation::{Asked, simulate};
use crate::collect::session::Session;
use crate::collect::waves::surroundings::Surroundings;
use crate::evidence::aws::role::Arn;
use crate::evidence::kubernetes::node::{Compute, Node};
use crate::evidence::{
    AccessEntries, AccessEntry, AgentLog, AwsAuth, CallerIdentity, Cluster, Evidence, Gap, GapReason, InstanceProfile,
    NodeClass, NodeGroup, Pod, Reading, Simulation, Source,
};
use crate::reasoning::role::node_role::{EKS_AUTH_ACTION, NodeRoleReadings, ToldBy};

/// What was read.
pub struct NodeRoleParts {
    /// The node group.
    pub node_group: Reading<Option<NodeGroup>>,
    /// The node class of Auto Mode.
    pub node_class: Reading<Option<NodeClass>>,
    /// The node class of Karpenter.
    pub ec2_node_class: Reading<Option<NodeClass>>,
    /// The instance profile that a node class names.
    pub instance_profile: Reading<Option<InstanceProfile>>,
    /// Who has an access entry.
    pub access_entries: Reading<AccessEntries>,
    /// The access entries of roles.
    pub node_access_entries: Reading<Vec<AccessEntry>>,
    /// The ConfigMap `aws-auth`.
    pub aws_auth: Reading<Option<AwsAuth>>,
    /// Whether the node's role may call EKS Auth.
    pub simulation: Reading<Simulation>,
}

impl NodeRoleParts {
    /// Nothing was asked, for the reason that `gap` gives each source.
    pub fn none(gap: impl Fn(Source) -> Gap) -> Self {
        Self {
            node_group: Reading::Unavailable(gap(Source::NodeGroup)),
            node_class: Reading::Unavailable(gap(Source::NodeClass)),
            ec2_node_class: Reading::Unavailable(gap(Source::Ec2NodeClass)),
            instance_profile: Reading::Unavailable(gap(Source::InstanceProfile)),
            access_entries: Reading::Unavailable(gap(Source::AccessEntries)),
            node_access_entries: Reading::Unavailable(gap(Source::NodeAccessEntries)),
            aws_auth: Reading::Unavailable(gap(Source::AwsAuth)),
            simulation: Reading::Unavailable(gap(Source::NodeRoleSimulation)),
        }
    }

    /// Puts it where it belongs.
    pub fn fill(self, evidence: &mut Evidence) {
        evidence.node_group = self.node_group;
        evidence.node_class = self.node_class;
        evidence.ec2_node_class = self.ec2_node_class;
        evidence.instance_profile = self.instance_profile;
        evidence.access_entries = self.access_entries;
        evidence.node_access_entries = self.node_access_entries;
        evidence.aws_auth = self.aws_auth;
        evidence.node_role_simulation = self.simulation;
    }

    fn readings<'e>(&'e self, cluster: &'e Reading<Option<Cluster>>) -> NodeRoleReadings<'e> {
        NodeRoleReadings {
            cluster,
            node_group: &self.node_group,
            node_class: &self.node_class,
            ec2_node_class: &self.ec2_node_class,
            instance_profile: &self.instance_profile,
            access_entries: &self.access_entries,
            node_access_entries: &self.node_access_entries,
            aws_auth: &self.aws_auth,
        }
    }
}

/// Reads what tells the role of the pod's node, and simulates it.
pub async fn read(
    session: &Session,
    around: &Surroundings<'_>,
    (pod, account): (Option<&Pod>, &str),
    node: &Reading<Option<Node>>,
    log: &Reading<AgentLog>,
) -> NodeRoleParts {
    if let Some(why) = needless(session, around, pod, account, log).await {
        return NodeRoleParts::none(|source| Gap::not_requested(source, why));
    }
    let node = match node {
        Reading::Known(Some(node)) if !matches!(node.compute(), Compute::Fargate | Compute::Windows) => node,
        Reading::Known(_) => return NodeRoleParts::none(|source| Gap::not_requested(source, "there is no such node")),
        Reading::Unavailable(gap) => return NodeRoleParts::none(|source| Gap::blocked_by(source, gap)),
    };
    let (place, cluster, caller) =
        join!(around.place.clone(), around.amazon.cluster.clone(), around.amazon.caller_identity.clone());
    let described = match &cluster {
        Reading::Known(Some(described)) => described,
        Reading::Known(None) => {
            return NodeRoleParts::none(|source| Gap::not_requested(source, "EKS knows no such cluster"));
        }
        Reading::Unavailable(gap) => return NodeRoleParts::none(|source| Gap::blocked_by(source, gap)),
    };
    let Ok((clients, name)) = place.eks() else {
        return NodeRoleParts::none(|source| Gap::not_requested(source, "AWS is not asked"));
    };
    let mut parts = NodeRoleParts::none(|source| Gap::not_requested(source, "not needed to find the node's role"));
    tell(session, &mut parts, clients, name, (node, described, &caller)).await;
    let role = parts.readings(&cluster).role(node);
    parts.simulation = match role {
        Ok((role_arn, _)) => {
            let asked = Asked { role_arn: &role_arn, action: EKS_AUTH_ACTION, resource: &described.arn };
            let source = Source::NodeRoleSimulation;
            session.once(source, &role_arn, simulate(clients, source, &caller, asked)).await
        }
        Err(gap) => Reading::Unavailable(Gap::blocked_by(Source::NodeRoleSimulation, &gap)),
    };
    parts
}

/// Why nothing needs to be asked, if so.
async fn needless(
    session: &Session,
    around: &Surroundings<'_>,
    pod: Option<&Pod>,
    account: &str,
    log: &Reading<AgentLog>,
) -> Option<&'static str> {
    if log.known().is_some_and(|log| log.node_proof(session.now()).is_some()) {
        return Some("the agent's log shows that EKS Auth answers it");
    }
    let Some(pod) = pod.filter(|pod| !pod.from_template && !pod.has_ended()) else {
        return Some("there is no pod that asks");
    };
    if session.aws.is_none() {
        return Some("--no-aws");
    }
    if pod.containers().any(|container| container.has_pod_identity_variables()) {
        return None;
    }
    let list = around.amazon.associations.clone().await;
    let none = list.known().is_some_and(|list| list.complete && list.of(&pod.metadata.namespace, account).is_none());
    none.then_some("the pod does not use Pod Identity")
}

/// Asks the one that tells the role of this node.
async fn tell(
    session: &Session,
    parts: &mut NodeRoleParts,
    clients: &AwsClients,
    cluster: &str,
    (node, described, caller): (&Node, &Cluster, &Reading<CallerIdentity>),
) {
    let kubernetes = &session.kubernetes;
    match node.role_told_by() {
        ToldBy::Cluster => return,
        ToldBy::NodeGroup(name) => {
            parts.node_group = session.once(Source::NodeGroup, name, read::node_group(clients, cluster, name)).await;
            return;
        }
        ToldBy::NodeClass(name) => {
            parts.node_class = session.once(Source::NodeClass, name, read::node_class(kubernetes, name)).await;
        }
        ToldBy::Ec2NodeClass(name) => {
            parts.ec2_node_class =
                session.once(Source::Ec2NodeClass, name, read::ec2_node_class(kubernetes, name)).await;
        }
        ToldBy::AccessEntries(_) => {
            let entries = async {
                let listed = session.once(Source::AccessEntries, cluster, read::access_entries(clients, cluster)).await;
                let described = read::node_access_entries(clients, cluster, &listed);
                let described = session.once(Source::NodeAccessEntries, cluster, described).await;
                (listed, described)
            };
            let auth = session.once(Source::AwsAuth, cluster, read::aws_auth(kubernetes));
            ((parts.access_entries, parts.node_access_entries), parts.aws_auth) = join!(entries, auth);
            return;
        }
    }
    let class = parts.node_class.present().or(parts.ec2_node_class.present());
    let profile = class.filter(|class| class.spec.role.is_none()).and_then(|class| class.spec.instance_profile.clone());
    if let Some(profile) = profile {
        parts.instance_profile = match in_account_of(described, caller) {
            Ok(()) => session.once(Source::InstanceProfile, &profile, read::instance_profile(clients, &profile)).await,
            Err(gap) => Reading::Unavailable(gap),
        };
    }
}

/// IAM takes names: a profile of the same name in another account must never be judged.
fn in_account_of(cluster: &Cluster, caller: &Reading<CallerIdentity>) -> Result<(), Gap> {
    let source = Source::InstanceProfile;
    let caller = caller.get().map_err(|gap| Gap::blocked_by(source, &gap))?;
    let account = Arn::parse(&cluster.arn).map_or("", |arn| arn.account);
    if account == caller.account {
        return Ok(());
    }
    let detail = format!("the cluster is in account {account}, the credentials are of account {}", caller.account);
    Err(Gap::new(source, GapReason::WrongAccount, detail))
}
