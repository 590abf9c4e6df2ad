//! The EKS cluster's name and region, where flags and kubeconfig do not say them.

use super::clients::AwsAccess;
use super::server_host;
use super::session::Session;
use crate::evidence::context::Detected;
use crate::evidence::{AgentDaemonSet, Context, Reading};

/// Arguments of the agent that name the cluster (`cmd/server.go` of the agent).
const CLUSTER_NAME_FLAGS: &[&str] = &["cluster-name", "c"];
/// What the chart leaves in place when nobody says the cluster's name.
const PLACEHOLDER: &str = "EKS_CLUSTER_NAME";

/// Detects what only answers can tell: the host of the API server matched against EKS, then the agent's arguments.
pub async fn late(session: &Session, agents: &Reading<Vec<AgentDaemonSet>>) -> Context {
    let mut context = session.context.clone();
    if context.eks_cluster.is_none() {
        context.eks_cluster = by_host(session, &context).await.or_else(|| by_agent(agents));
    }
    context
}

/// The region that the SDK's own chain gives.
pub async fn sdk_region(access: &AwsAccess) -> Option<Detected> {
    access.default_region().await.map(|value| Detected { value, source: "sdk".to_owned() })
}

/// A host that no cluster has, or clusters that may not be listed, leave it to the agent's arguments.
async fn by_host(session: &Session, context: &Context) -> Option<Detected> {
    let host = session.server.host()?;
    server_host::read(host)?;
    let clients = session.aws.as_ref()?.clients(&context.region.as_ref()?.value).await;
    let hint = context.name.as_deref().unwrap_or_default();
    let read = server_host::match_host(&clients.eks, host, hint);
    let cluster = tokio::time::timeout_at(session.run.deadline, read).await.ok()?.ok()??;
    cluster.name.map(|value| Detected { value, source: "serverHost".to_owned() })
}

fn by_agent(agents: &Reading<Vec<AgentDaemonSet>>) -> Option<Detected> {
    let named = agents.known()?.iter().find_map(|set| set.spec.template.spec.agent()?.flag(CLUSTER_NAME_FLAGS))?;
    (!named.is_empty() && named != PLACEHOLDER)
        .then(|| Detected { value: named.to_owned(), source: "agentArguments".to_owned() })
}
