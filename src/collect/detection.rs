//! The EKS cluster's name and region, where the context alone does not say them.

use super::clients::AwsAccess;
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
        context.eks_cluster = by_agent(agents);
    }
    context
}

/// The region that the SDK's own chain gives.
pub async fn sdk_region(access: &AwsAccess) -> Option<Detected> {
    access.default_region().await.map(|value| Detected { value, source: "sdk".to_owned() })
}

fn by_agent(agents: &Reading<Vec<AgentDaemonSet>>) -> Option<Detected> {
    let named = agents.known()?.iter().find_map(|set| set.spec.template.spec.agent()?.flag(CLUSTER_NAME_FLAGS))?;
    (!named.is_empty() && named != PLACEHOLDER)
        .then(|| Detected { value: named.to_owned(), source: "agentArguments".to_owned() })
}
