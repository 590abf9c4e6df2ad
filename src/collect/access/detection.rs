//! The EKS cluster's name and region, where flags and kubeconfig do not say them.

use crate::collect::access::clients::AwsAccess;
use crate::collect::access::server_host::{self, NotCompared};
use crate::collect::session::Session;
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
        let (by_host, refused) = by_host(session, &context).await.unwrap_or_default();
        context.eks_cluster = by_host.or_else(|| by_agent(agents));
        context.refused_search = refused.filter(|_| context.eks_cluster.is_none());
    }
    context
}

/// The region that the SDK's own chain gives.
pub async fn sdk_region(access: &AwsAccess) -> Option<Detected> {
    access.default_region().await.map(|value| Detected { value, source: "sdk".to_owned() })
}

/// A host that no cluster has, or clusters that may not be listed, leave it to the agent's arguments. With the cluster comes
/// the action that was refused.
async fn by_host(session: &Session, context: &Context) -> Option<(Option<Detected>, Option<String>)> {
    let host = session.server.host()?;
    server_host::read(host)?;
    let clients = session.aws.as_ref()?.clients(&context.region.as_ref()?.value).await;
    let hint = context.name.as_deref().unwrap_or_default();
    let read = server_host::match_host(&clients.eks, host, hint);
    let answer = tokio::time::timeout_at(session.run.deadline, read).await.ok()?;
    Some(match answer {
        Ok(cluster) => {
            let name = cluster.and_then(|cluster| cluster.name);
            (name.map(|value| Detected { value, source: "serverHost".to_owned() }), None)
        }
        Err(NotCompared { action, error }) => (None, error.is_denied().then(|| action.to_owned())),
    })
}

fn by_agent(agents: &Reading<Vec<AgentDaemonSet>>) -> Option<Detected> {
    let named = agents.known()?.iter().find_map(|set| set.spec.template.spec.agent()?.flag(CLUSTER_NAME_FLAGS))?;
    (!named.is_empty() && named != PLACEHOLDER)
        .then(|| Detected { value: named.to_owned(), source: "agentArguments".to_owned() })
}
