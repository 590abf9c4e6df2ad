//! What is read about what made a node: node group, node class, instance profile, access entries.

use aws_sdk_iam::operation::get_instance_profile::GetInstanceProfileError;
use futures::{StreamExt as _, stream};

use crate::collect::access::clients::{AwsClients, KubernetesClient, classify_aws_error};
use crate::collect::gap;
use crate::collect::read::eks;
use crate::collect::read::kubernetes::encode;
use crate::evidence::{
    AccessEntries, AccessEntry, AwsAuth, Gap, GapReason, InstanceProfile, NodeClass, NodeGroup, Reading, Source,
};

/// How many access entries a page may have: the most that EKS gives.
const PAGE: i32 = 100;
/// How many access entries are described; with more of them nothing says which role a node has.
const DESCRIBED: usize = 40;
/// How many are described at once.
const AT_ONCE: usize = 8;

/// Reads a node group; absent only by a not-found that names it.
pub async fn node_group(clients: &AwsClients, cluster: &str, name: &str) -> Reading<Option<NodeGroup>> {
    if let Err(gap) = gap::sendable(Source::NodeGroup, name) {
        return Reading::Unavailable(gap);
    }
    match clients.eks.describe_nodegroup().cluster_name(cluster).nodegroup_name(name).send().await {
        Ok(answer) => match answer.nodegroup {
            Some(group) => Reading::Known(Some(NodeGroup {
                nodegroup_name: group.nodegroup_name.unwrap_or_default(),
                node_role: group.node_role,
            })),
            None => gap::malformed(Source::NodeGroup, "it holds no node group"),
        },
        Err(error) => eks::absent_or_gap(Source::NodeGroup, &classify_aws_error(&error), name),
    }
}

/// Reads a node class of Auto Mode.
pub async fn node_class(client: &KubernetesClient, name: &str) -> Reading<Option<NodeClass>> {
    let path = format!("/apis/eks.amazonaws.com/v1/nodeclasses/{}", encode(name));
    gap::object(Source::NodeClass, name, client.get_kind(&path, "NodeClass").await)
}

/// Reads a node class of Karpenter.
pub async fn ec2_node_class(client: &KubernetesClient, name: &str) -> Reading<Option<NodeClass>> {
    let path = format!("/apis/karpenter.k8s.aws/v1/ec2nodeclasses/{}", encode(name));
    gap::object(Source::Ec2NodeClass, name, client.get_kind(&path, "EC2NodeClass").await)
}

/// Reads `aws-auth`, which newer clusters do not have.
pub async fn aws_auth(client: &KubernetesClient) -> Reading<Option<AwsAuth>> {
    let path = "/api/v1/namespaces/kube-system/configmaps/aws-auth";
    gap::object(Source::AwsAuth, "aws-auth", client.get_kind(path, "ConfigMap").await)
}

/// Reads an instance profile; absent only by a not-found that names it.
pub async fn instance_profile(clients: &AwsClients, name: &str) -> Reading<Option<InstanceProfile>> {
    match clients.iam.get_instance_profile().instance_profile_name(name).send().await {
        Ok(answer) => match answer.instance_profile {
            Some(profile) => Reading::Known(Some(InstanceProfile {
                instance_profile_name: profile.instance_profile_name,
                roles: profile.roles.into_iter().map(|role| role.arn).collect(),
            })),
            None => gap::malformed(Source::InstanceProfile, "it holds no instance profile"),
        },
        Err(error) => {
            let missing = error.as_service_error().is_some_and(GetInstanceProfileError::is_no_such_entity_exception);
            let error = classify_aws_error(&error);
            if missing && error.mentions(name) {
                return Reading::Known(None);
            }
            Reading::Unavailable(gap::of_aws(Source::InstanceProfile, &error))
        }
    }
}

/// Reads who has an access entry. A cluster that knows only `aws-auth` refuses the question, and has none.
pub async fn access_entries(clients: &AwsClients, cluster: &str) -> Reading<AccessEntries> {
    match clients.eks.list_access_entries().cluster_name(cluster).max_results(PAGE).send().await {
        Ok(answer) => match answer.access_entries {
            Some(entries) => Reading::Known(AccessEntries {
                complete: answer.next_token.is_none_or(|token| token.is_empty()),
                access_entries: entries,
            }),
            None => gap::malformed(Source::AccessEntries, "it holds no list"),
        },
        Err(error) => {
            let error = classify_aws_error(&error);
            let no_such_mode =
                error.code.as_deref() == Some("InvalidRequestException") && error.mentions("authentication mode");
            if no_such_mode {
                return Reading::Known(AccessEntries { complete: true, access_entries: Vec::new() });
            }
            Reading::Unavailable(gap::of_aws(Source::AccessEntries, &error))
        }
    }
}

/// Reads the access entries of roles; one refusal makes them all unknown.
pub async fn node_access_entries(
    clients: &AwsClients,
    cluster: &str,
    entries: &Reading<AccessEntries>,
) -> Reading<Vec<AccessEntry>> {
    let source = Source::NodeAccessEntries;
    let entries = match entries.get() {
        Ok(entries) => entries,
        Err(gap) => return Reading::Unavailable(Gap::blocked_by(source, &gap)),
    };
    let roles: Vec<&String> = entries.access_entries.iter().filter(|arn| arn.contains(":role/")).collect();
    if roles.len() > DESCRIBED {
        let detail = format!("{} roles have an access entry, and {DESCRIBED} are looked at", roles.len());
        return Reading::Unavailable(Gap::new(source, GapReason::Insufficient, detail));
    }
    let reads = roles.into_iter().map(|arn| access_entry(clients, cluster, arn));
    let answers: Vec<Result<Option<AccessEntry>, Gap>> = stream::iter(reads).buffered(AT_ONCE).collect().await;
    match answers.into_iter().collect::<Result<Vec<_>, Gap>>() {
        Ok(found) => Reading::Known(found.into_iter().flatten().collect()),
        Err(gap) => Reading::Unavailable(gap),
    }
}

/// Reads one access entry; one that vanished since it was listed is left out.
async fn access_entry(clients: &AwsClients, cluster: &str, arn: &str) -> Result<Option<AccessEntry>, Gap> {
    let source = Source::NodeAccessEntries;
    gap::sendable(source, arn)?;
    match clients.eks.describe_access_entry().cluster_name(cluster).principal_arn(arn).send().await {
        Ok(answer) => match answer.access_entry {
            Some(entry) => Ok(Some(AccessEntry {
                principal_arn: entry.principal_arn.unwrap_or_default(),
                kind: entry.r#type.unwrap_or_default(),
            })),
            None => Err(Gap::new(source, GapReason::Malformed, "it holds no access entry")),
        },
        Err(error) => match eks::absent_or_gap::<AccessEntry>(source, &classify_aws_error(&error), arn) {
            Reading::Known(_) => Ok(None),
            Reading::Unavailable(gap) => Err(gap),
        },
    }
}
