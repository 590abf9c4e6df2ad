//! Which role the pod's node has: the agent there signs its calls with it.
//!
//! It is separate because nothing names the role directly. What made the node does, and where nothing says what made it,
//! a role is taken only if it is the only one that nodes of this kind could have.

use crate::evidence::aws::cluster::{AccessEntries, AccessEntry, AwsAuth, InstanceProfile, NodeClass, NodeGroup};
use crate::evidence::aws::role::Arn;
use crate::evidence::kubernetes::node::{Compute, Node};
use crate::evidence::{Cluster, Evidence, Gap, GapReason, Reading, Source};

/// What the agent does with the role of its node.
pub const EKS_AUTH_ACTION: &str = "eks-auth:AssumeRoleForPodIdentity";
/// The label of nodes of a managed node group.
const NODE_GROUP: &str = "eks.amazonaws.com/nodegroup";
/// The label of Auto Mode nodes that names their node class.
const NODE_CLASS: &str = "eks.amazonaws.com/nodeclass";
/// The label of Karpenter's nodes that names their node class.
const EC2_NODE_CLASS: &str = "karpenter.k8s.aws/ec2nodeclass";
/// The node class that EKS makes; its nodes have the role of the cluster's compute settings.
const DEFAULT_CLASS: &str = "default";

/// The sources that tell the role of a node.
pub const TELLERS: [Source; 7] = [
    Source::NodeGroup,
    Source::NodeClass,
    Source::Ec2NodeClass,
    Source::InstanceProfile,
    Source::AccessEntries,
    Source::NodeAccessEntries,
    Source::AwsAuth,
];

/// What would tell the role of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ToldBy<'e> {
    /// A managed node group, by name.
    NodeGroup(&'e str),
    /// The compute settings of the cluster.
    Cluster,
    /// A node class of Auto Mode, by name.
    NodeClass(&'e str),
    /// A node class of Karpenter, by name.
    Ec2NodeClass(&'e str),
    /// The access entries of this type, or `aws-auth`.
    AccessEntries(&'static str),
}

impl Node {
    /// What would tell the role of this node.
    pub fn role_told_by(&self) -> ToldBy<'_> {
        let label = |key: &str| self.metadata.labels.get(key).map(String::as_str);
        match (self.compute(), label(NODE_CLASS)) {
            (Compute::Auto, None | Some(DEFAULT_CLASS)) => return ToldBy::Cluster,
            (Compute::Auto, Some(class)) => return ToldBy::NodeClass(class),
            (Compute::Hybrid, _) => return ToldBy::AccessEntries("HYBRID_LINUX"),
            _ => {}
        }
        match (label(NODE_GROUP), label(EC2_NODE_CLASS)) {
            (Some(group), _) => ToldBy::NodeGroup(group),
            (None, Some(class)) => ToldBy::Ec2NodeClass(class),
            (None, None) => ToldBy::AccessEntries("EC2_LINUX"),
        }
    }
}

/// What was read about the node's role.
#[derive(Debug, Clone, Copy)]
pub struct NodeRoleReadings<'e> {
    /// The cluster.
    pub cluster: &'e Reading<Option<Cluster>>,
    /// The node group.
    pub node_group: &'e Reading<Option<NodeGroup>>,
    /// The node class of Auto Mode.
    pub node_class: &'e Reading<Option<NodeClass>>,
    /// The node class of Karpenter.
    pub ec2_node_class: &'e Reading<Option<NodeClass>>,
    /// The instance profile that a node class names.
    pub instance_profile: &'e Reading<Option<InstanceProfile>>,
    /// Who has an access entry.
    pub access_entries: &'e Reading<AccessEntries>,
    /// The access entries of roles.
    pub node_access_entries: &'e Reading<Vec<AccessEntry>>,
    /// The ConfigMap `aws-auth`.
    pub aws_auth: &'e Reading<Option<AwsAuth>>,
}

impl NodeRoleReadings<'_> {
    /// The ARN of the node's role, and which reading told it.
    pub fn role(&self, node: &Node) -> Result<(String, Source), Gap> {
        match node.role_told_by() {
            ToldBy::NodeGroup(name) => {
                let group = found(self.node_group, Source::NodeGroup, name)?;
                let role = group.node_role.clone();
                let nothing = || insufficient(Source::NodeGroup, format!("node group {name} names no role"));
                Ok((role.ok_or_else(nothing)?, Source::NodeGroup))
            }
            ToldBy::Cluster => {
                let cluster = found(self.cluster, Source::Cluster, "of the context")?;
                let role = cluster.compute_config.as_ref().and_then(|config| config.node_role_arn.clone());
                let nothing = || insufficient(Source::Cluster, "the cluster names no role for Auto Mode nodes");
                Ok((role.ok_or_else(nothing)?, Source::Cluster))
            }
            ToldBy::NodeClass(name) => self.of_class(self.node_class, Source::NodeClass, name),
            ToldBy::Ec2NodeClass(name) => self.of_class(self.ec2_node_class, Source::Ec2NodeClass, name),
            ToldBy::AccessEntries(kind) => self.only_one(kind),
        }
    }

    fn of_class(
        &self,
        class: &Reading<Option<NodeClass>>,
        source: Source,
        name: &str,
    ) -> Result<(String, Source), Gap> {
        let spec = &found(class, source, name)?.spec;
        if let Some(role) = spec.role.as_deref().filter(|role| !role.is_empty()) {
            return Ok((self.role_arn(role)?, source));
        }
        let Some(profile) = spec.instance_profile.as_deref() else {
            return Err(insufficient(source, format!("node class {name} names neither role nor instance profile")));
        };
        let roles = &found(self.instance_profile, Source::InstanceProfile, profile)?.roles;
        let nothing = || insufficient(Source::InstanceProfile, format!("instance profile {profile} has no role"));
        Ok((roles.first().cloned().ok_or_else(nothing)?, Source::InstanceProfile))
    }

    /// A role by its name alone; one with a path cannot be told from it.
    fn role_arn(&self, name: &str) -> Result<String, Gap> {
        if name.starts_with("arn:") {
            return Ok(name.to_owned());
        }
        let cluster = found(self.cluster, Source::Cluster, "of the context")?;
        let nothing = || insufficient(Source::Cluster, "the cluster has no ARN");
        let arn = Arn::parse(&cluster.arn).ok_or_else(nothing)?;
        Ok(format!("arn:{}:iam::{}:role/{name}", arn.partition, arn.account))
    }

    /// The only role that nodes of this type could have, by access entries and by `aws-auth` together.
    fn only_one(&self, kind: &str) -> Result<(String, Source), Gap> {
        let mut roles: Vec<(&str, Source)> = Vec::new();
        let entries = self.access_entries.get()?;
        if !entries.complete {
            return Err(insufficient(Source::AccessEntries, "the list was not read to its end"));
        }
        let entries = self.node_access_entries.get()?.iter().filter(|entry| entry.kind == kind);
        roles.extend(entries.map(|entry| (entry.principal_arn.as_str(), Source::NodeAccessEntries)));
        if kind == "EC2_LINUX"
            && let Some(auth) = self.aws_auth.get()?
        {
            roles.extend(auth.node_roles.iter().map(|arn| (arn.as_str(), Source::AwsAuth)));
        }
        roles.sort_unstable();
        roles.dedup_by_key(|(arn, _)| *arn);
        let told = Source::NodeAccessEntries;
        match roles.as_slice() {
            [] => Err(insufficient(told, format!("no access entry of type {kind} says which role the node has"))),
            [(arn, source)] => Ok(((*arn).to_owned(), *source)),
            several => {
                let names: Vec<&str> = several.iter().map(|(arn, _)| *arn).collect();
                let detail = format!("the node may have any of these roles: {}", names.join(", "));
                Err(Gap::new(told, GapReason::Ambiguous, detail))
            }
        }
    }
}

impl Evidence {
    /// The ARN of the role of the pod's node, and which reading told it.
    pub fn node_role(&self) -> Result<(String, Source), Gap> {
        let node = found(&self.node, Source::Node, self.node_name().unwrap_or_default())?;
        self.node_role_readings().role(node)
    }

    fn node_role_readings(&self) -> NodeRoleReadings<'_> {
        NodeRoleReadings {
            cluster: &self.cluster,
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

fn found<'e, T>(reading: &'e Reading<Option<T>>, source: Source, name: &str) -> Result<&'e T, Gap> {
    reading.get().and(reading.present().ok_or_else(|| insufficient(source, format!("there is no {name}"))))
}

fn insufficient(source: Source, detail: impl Into<String>) -> Gap {
    Gap::new(source, GapReason::Insufficient, detail)
}
