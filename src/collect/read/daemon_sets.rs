//! Reads daemon sets: one list, of which two sources take their part — those of the agent, and those of networks.

use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::collect::access::clients::{KubernetesClient, KubernetesError};
use crate::collect::gap;
use crate::collect::read::kubernetes::list;
use crate::collect::session::Session;
use crate::evidence::kubernetes::agent::is_agent;
use crate::evidence::kubernetes::network_engine::NetworkDaemonSet;
use crate::evidence::source::SYSTEM_NAMESPACE;
use crate::evidence::{AgentDaemonSet, NetworkEngines, Reading, Source};

/// What was read.
#[derive(Debug, Clone)]
pub struct DaemonSets {
    /// The daemon sets of the agent.
    pub agents: Reading<Vec<AgentDaemonSet>>,
    /// The daemon sets of networks.
    pub networks: Reading<NetworkEngines>,
}

/// A daemon set as each of the two sources sees it.
struct Both {
    agent: AgentDaemonSet,
    network: NetworkDaemonSet,
}

impl<'de> Deserialize<'de> for Both {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let agent = AgentDaemonSet::deserialize(&value).map_err(serde::de::Error::custom)?;
        let network = NetworkDaemonSet::deserialize(&value).map_err(serde::de::Error::custom)?;
        Ok(Self { agent, network })
    }
}

/// Reads them in all namespaces, or where that is refused in the one EKS uses.
///
/// A namespace without one says nothing about the others: then the first refusal stands.
pub async fn read(client: &KubernetesClient) -> DaemonSets {
    let refused = match list::<Both>(client, "/apis/apps/v1/daemonsets", "").await {
        Ok(all) => {
            let (agents, networks) = split(all, true);
            return DaemonSets { agents: Reading::Known(agents), networks: Reading::Known(networks) };
        }
        Err(error) if error.is_forbidden() => error,
        Err(error) => return DaemonSets::behind(&error),
    };
    let found = list::<Both>(client, &format!("/apis/apps/v1/namespaces/{SYSTEM_NAMESPACE}/daemonsets"), "").await;
    match found.map(|all| split(all, false)) {
        Err(error) => DaemonSets::behind(&error),
        Ok((agents, networks)) => {
            let refused = DaemonSets::behind(&refused);
            DaemonSets {
                agents: if agents.is_empty() { refused.agents } else { Reading::Known(agents) },
                networks: if networks.daemon_sets.is_empty() { refused.networks } else { Reading::Known(networks) },
            }
        }
    }
}

/// The namespace that the agent is in, where its daemon set can be seen.
pub async fn agent_namespace(session: &Session) -> Option<String> {
    let sets = read(&session.kubernetes).await.agents;
    sets.known().and_then(|sets| sets.first()).map(|set| set.metadata.namespace.clone())
}

impl DaemonSets {
    fn behind(error: &KubernetesError) -> Self {
        Self {
            agents: Reading::Unavailable(gap::of_kubernetes(Source::AgentDaemonSets, error)),
            networks: Reading::Unavailable(gap::of_kubernetes(Source::NetworkEngines, error)),
        }
    }
}

fn split(all: Vec<Both>, everywhere: bool) -> (Vec<AgentDaemonSet>, NetworkEngines) {
    let (mut agents, mut networks) = (Vec::new(), NetworkEngines { everywhere, ..NetworkEngines::default() });
    for Both { agent, network } in all {
        if network.engine().is_some() {
            networks.daemon_sets.push(network);
        }
        if is_agent(&agent.metadata, &agent.spec.template.spec) {
            agents.push(agent);
        }
    }
    (agents, networks)
}
