//! The agent: its daemon sets, and its log.

use std::net::IpAddr;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use tokio::time::timeout;

use crate::collect::access::clients::{KubernetesClient, KubernetesError};
use crate::collect::gap;
use crate::collect::read::kubernetes::{encode, list};
use crate::collect::session::Session;
use crate::evidence::kubernetes::agent::is_agent;
use crate::evidence::kubernetes::metadata;
use crate::evidence::kubernetes::network_engine::NetworkDaemonSet;
use crate::evidence::source::SYSTEM_NAMESPACE;
use crate::evidence::{AgentDaemonSet, AgentLog, AgentPod, Gap, GapReason, NetworkEngines, Pod, Reading, Source};
use crate::reasoning::agent::log_reader::AgentLogReader;

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
pub async fn read_daemon_sets(client: &KubernetesClient) -> DaemonSets {
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
    let sets = read_daemon_sets(&session.kubernetes).await.agents;
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

/// How long before the pod the reading begins, so that a line from before shows that nothing was rotated away.
const LEAD: SignedDuration = SignedDuration::from_mins(10);
/// The longest line that is read, in bytes; the agent's own are shorter.
const LINE_LIMIT: usize = 16 * 1024;
/// How long reading may take; what is not read by then is unknown, and the rest of the report is not kept waiting.
const TIME_LIMIT: Duration = Duration::from_secs(10);
/// How many agent pods are read where one is being replaced by another.
const AGENT_PODS: usize = 2;

/// Reads what the agent logged about a pod.
pub async fn read_log(
    client: &KubernetesClient,
    pod: Option<&Pod>,
    agents: &Reading<Vec<AgentPod>>,
    now: Timestamp,
) -> Reading<AgentLog> {
    let (address, since) = match asked_for(pod) {
        Ok(found) => found,
        Err(why) => return Reading::Unavailable(Gap::not_requested(Source::AgentLog, why)),
    };
    let agents = match agents {
        Reading::Known(agents) if agents.is_empty() => {
            let why = "there is no agent pod on the node, so there is no log of it";
            return Reading::Unavailable(Gap::not_requested(Source::AgentLog, why));
        }
        Reading::Known(agents) => agents,
        Reading::Unavailable(gap) => return Reading::Unavailable(Gap::blocked_by(Source::AgentLog, gap)),
    };
    let uid = pod.map(|pod| pod.metadata.uid.as_str()).unwrap_or_default();
    let reader = AgentLogReader::new(address, since, now).of_pod(uid);
    match timeout(TIME_LIMIT, read_all(client, agents, reader, since)).await {
        Ok(Ok(None)) => {
            let detail = "no line of the agent's log is in a form that is known";
            Reading::Unavailable(Gap::new(Source::AgentLog, GapReason::Malformed, detail))
        }
        Ok(answer) => gap::answer(Source::AgentLog, answer.map(Option::unwrap_or_default)),
        Err(_elapsed) => {
            let detail = format!("it was not read to its end within {TIME_LIMIT:.0?}");
            Reading::Unavailable(Gap::new(Source::AgentLog, GapReason::TimedOut, detail))
        }
    }
}

/// The pod's own address and since when it has it; why the log would say nothing about the pod, if so.
fn asked_for(pod: Option<&Pod>) -> Result<(IpAddr, Timestamp), &'static str> {
    let pod = pod.filter(|pod| !pod.from_template).ok_or("there is no pod that could have asked")?;
    if pod.spec.host_network {
        return Err("the pod shares the address of its node");
    }
    let address = pod.status.pod_ip.as_deref().and_then(|address| address.parse().ok());
    address.zip(pod.has_address_since()).ok_or("the pod has no address yet")
}

/// Reads the agents on the node in the order in which they came; the log of a replaced one is gone with its pod. `None` where
/// not a line of it is understood.
async fn read_all(
    client: &KubernetesClient,
    agents: &[AgentPod],
    mut reader: AgentLogReader,
    since: Timestamp,
) -> Result<Option<AgentLog>, KubernetesError> {
    let mut agents: Vec<&AgentPod> = agents.iter().collect();
    agents.sort_by_key(|agent| agent.metadata.creation_timestamp);
    let newest = agents.len().saturating_sub(AGENT_PODS);
    for agent in &agents[newest..] {
        let path = path(agent, since);
        if restarted_since(agent, since) {
            reader.begin_file();
            // A former run whose log is gone leaves only the beginning uncovered.
            let former = client.each_line(&format!("{path}&previous=true"), LINE_LIMIT, |line| reader.line(line)).await;
            former.or_else(|error| if error.status().is_some() { Ok(0) } else { Err(error) })?;
        }
        reader.begin_file();
        client.each_line(&path, LINE_LIMIT, |line| reader.line(line)).await?;
    }
    Ok((!reader.is_not_understood()).then(|| reader.finish(true)))
}

fn path(agent: &AgentPod, since: Timestamp) -> String {
    let container = agent.spec.agent().map_or(metadata::AGENT, |container| &container.name);
    format!(
        "/api/v1/namespaces/{}/pods/{}/log?container={}&sinceTime={}",
        encode(&agent.metadata.namespace),
        encode(&agent.metadata.name),
        encode(container),
        encode(&(since - LEAD).to_string())
    )
}

/// Whether the agent's present run began after the pod, so that part of the pod's life is in the log of the former one.
fn restarted_since(agent: &AgentPod, since: Timestamp) -> bool {
    let name = agent.spec.agent().map(|container| container.name.as_str());
    let status = agent.status.container_statuses.iter().find(|status| Some(status.name.as_str()) == name);
    let Some(status) = status.filter(|status| status.restart_count > 0) else { return false };
    let started = status.state.as_ref().and_then(|state| state.running.as_ref()?.started_at);
    started.is_none_or(|started| started > since)
}
