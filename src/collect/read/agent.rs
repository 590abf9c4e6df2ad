//! The agent: its daemon sets, and its log.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::collect::access::clients::{KubernetesClient, KubernetesError};
use crate::collect::gap;
use crate::collect::read::kubernetes::{encode, list};
use crate::collect::session::Session;
use crate::evidence::inventory::NodeLog;
use crate::evidence::kubernetes::agent::is_agent;
use crate::evidence::kubernetes::metadata;
use crate::evidence::kubernetes::network_engine::NetworkDaemonSet;
use crate::evidence::reading::GapKind;
use crate::evidence::source::SYSTEM_NAMESPACE;
use crate::evidence::{
    AgentDaemonSet, AgentLog, AgentPod, Gap, GapReason, Metadata, NetworkEngines, Pod, Reading, Source,
};
use crate::reasoning::agent::log_reader::{AgentLogReader, NodeLogReader};

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
pub const LEAD: SignedDuration = SignedDuration::from_mins(10);
/// The longest line that is read, in bytes; the agent's own are shorter.
pub const LINE_LIMIT: usize = 16 * 1024;
/// How long reading may take; what is not read by then is unknown, and the rest of the report is not kept waiting.
const TIME_LIMIT: Duration = Duration::from_secs(10);
/// How many agent pods are read where one is being replaced by another.
const AGENT_PODS: usize = 2;

/// What a pod is looked for by in the agent's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogQuery {
    uid: String,
    address: IpAddr,
    since: Timestamp,
}

impl LogQuery {
    /// The pod's own address and since when it has it; why the log would say nothing about the pod, if so.
    pub fn of(pod: Option<&Pod>) -> Result<Self, &'static str> {
        let pod = pod.filter(|pod| !pod.from_template).ok_or("there is no pod that could have asked")?;
        if pod.spec.host_network {
            return Err("the pod shares the address of its node");
        }
        let address = pod.status.pod_ip.as_deref().and_then(|address| address.parse().ok());
        let (address, since) = address.zip(pod.has_address_since()).ok_or("the pod has no address yet")?;
        Ok(Self { uid: pod.metadata.uid.clone(), address, since })
    }

    /// Since when the pod has its address.
    pub fn since(&self) -> Timestamp {
        self.since
    }
}

/// The pods of a run by their node: the log of an agent is read once for all of them.
#[derive(Debug)]
pub struct LogQueries {
    by_node: Mutex<HashMap<String, Vec<LogQuery>>>,
    /// The logs that may be read at a time: one that waits for its turn is not late.
    pub turns: Semaphore,
}

/// How many agents' logs are read at a time.
const LOGS_AT_A_TIME: usize = 8;

impl Default for LogQueries {
    fn default() -> Self {
        Self { by_node: Mutex::default(), turns: Semaphore::new(LOGS_AT_A_TIME) }
    }
}

impl LogQueries {
    /// Notes a pod that will be asked about.
    pub fn note(&self, pod: &Pod) {
        if let (Some(node), Ok(query)) = (&pod.spec.node_name, LogQuery::of(Some(pod))) {
            let mut all = self.by_node.lock().unwrap_or_else(PoisonError::into_inner);
            all.entry(node.clone()).or_default().push(query);
        }
    }

    /// All that were noted on a node; only this one, where it was not noted.
    pub fn beside(&self, node: &str, own: &LogQuery) -> Vec<LogQuery> {
        let all = self.by_node.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(node).filter(|all| all.contains(own)).cloned().unwrap_or_else(|| vec![own.clone()])
    }
}

/// Reads what the agent logged about a pod.
pub async fn read_log(
    client: &KubernetesClient,
    pod: Option<&Pod>,
    agents: &Reading<Vec<AgentPod>>,
    now: Timestamp,
) -> Reading<AgentLog> {
    match LogQuery::of(pod) {
        Ok(query) => read_logs(client, std::slice::from_ref(&query), agents, now).await.of(&query),
        Err(why) => Reading::Unavailable(Gap::not_requested(Source::AgentLog, why)),
    }
}

/// What the agents of one node logged about each of some pods.
#[derive(Debug, Clone)]
pub struct AgentLogs(Reading<Vec<(LogQuery, Option<AgentLog>)>>);

impl AgentLogs {
    /// What was logged about one of them.
    pub fn of(&self, query: &LogQuery) -> Reading<AgentLog> {
        let all = match &self.0 {
            Reading::Known(all) => all,
            Reading::Unavailable(gap) => return Reading::Unavailable(gap.clone()),
        };
        if let Some((_, Some(log))) = all.iter().find(|(own, _)| own == query) {
            return Reading::Known(log.clone());
        }
        Reading::Unavailable(not_understood())
    }
}

/// Reads what the agents of one node logged about some of its pods.
pub async fn read_logs(
    client: &KubernetesClient,
    queries: &[LogQuery],
    agents: &Reading<Vec<AgentPod>>,
    now: Timestamp,
) -> AgentLogs {
    let agents = match agents {
        Reading::Known(agents) if agents.is_empty() => {
            let why = "there is no agent pod on the node, so there is no log of it";
            return AgentLogs(Reading::Unavailable(Gap::not_requested(Source::AgentLog, why)));
        }
        Reading::Known(agents) => agents,
        Reading::Unavailable(gap) => {
            return AgentLogs(Reading::Unavailable(Gap::blocked_by(Source::AgentLog, gap)));
        }
    };
    AgentLogs(match timeout(TIME_LIMIT, read_all(client, agents, queries, now)).await {
        Ok(answer) => gap::answer(Source::AgentLog, answer),
        Err(_elapsed) => Reading::Unavailable(late()),
    })
}

/// One that reads for a pod what was logged until now.
pub fn reader(query: &LogQuery, now: Timestamp) -> AgentLogReader {
    AgentLogReader::new(query.address, query.since, now).of_pod(&query.uid)
}

/// Reads the agents on the node in the order in which they came; the log of a replaced one is gone with its pod. `None` where
/// not a line of it is understood.
async fn read_all(
    client: &KubernetesClient,
    agents: &[AgentPod],
    queries: &[LogQuery],
    now: Timestamp,
) -> Result<Vec<(LogQuery, Option<AgentLog>)>, KubernetesError> {
    let agents = newest(agents.iter());
    let since = queries.iter().map(|query| query.since).min().unwrap_or(now);
    // As if each was read by itself: an older pod beside it must not change what is known of a younger one.
    let beginning = |query: &LogQuery| reader(query, now).beginning(query.since - LEAD);
    let mut readers: Vec<AgentLogReader> = queries.iter().map(beginning).collect();
    for agent in &agents {
        let path = path(agent, since - LEAD);
        if restarted_since(agent, since) {
            let concerned: Vec<bool> = queries.iter().map(|query| restarted_since(agent, query.since)).collect();
            let mut own: Vec<&mut AgentLogReader> =
                readers.iter_mut().zip(&concerned).filter(|(_, concerned)| **concerned).map(|(one, _)| one).collect();
            for reader in &mut own {
                reader.begin_file();
            }
            let take = |line: &str| AgentLogReader::line_for(own.iter_mut().map(|reader| &mut **reader), line);
            // A former run whose log is gone leaves only the beginning uncovered.
            let former = client.each_line(&format!("{path}&previous=true"), LINE_LIMIT, take).await;
            former.or_else(|error| if error.status().is_some() { Ok(0) } else { Err(error) })?;
        }
        readers.iter_mut().for_each(AgentLogReader::begin_file);
        client.each_line(&path, LINE_LIMIT, |line| AgentLogReader::line_for(&mut readers, line)).await?;
    }
    let logs = readers.into_iter().map(|reader| (!reader.is_not_understood()).then(|| reader.finish(true)));
    Ok(queries.iter().cloned().zip(logs).collect())
}

/// Counts what the agents of a node answered within so much time before now, whichever pod asked.
///
/// The kubelet is told how long ago, not since when: so it goes by its own clock, and lines from another time show that this differs.
pub async fn read_node_log(
    client: &KubernetesClient,
    agents: &[&AgentPod],
    window: SignedDuration,
    now: Timestamp,
) -> Reading<NodeLog> {
    let since = now - window;
    let agents = newest(agents.iter().copied());
    let read = async {
        let mut reader = NodeLogReader::new(since, now);
        let (mut is_read, mut refused) = (false, None);
        for agent in &agents {
            let path = format!("{}&sinceSeconds={}", log_of(agent), window.as_secs());
            if restarted_since(agent, since) {
                reader.begin_file();
                // The log of a former run may be gone, and then nothing of it counts.
                let former = format!("{path}&previous=true");
                let former = client.each_line(&former, LINE_LIMIT, |line| reader.line(line)).await;
                former.or_else(|error| if error.status().is_some() { Ok(0) } else { Err(error) })?;
            }
            reader.begin_file();
            match client.each_line(&path, LINE_LIMIT, |line| reader.line(line)).await {
                Ok(_) => is_read = true,
                // One that has not started yet has no log; the one beside it has.
                Err(error) if error.status().is_some() => refused = refused.or(Some(error)),
                Err(error) => return Err(error),
            }
        }
        match refused.filter(|_| !is_read) {
            Some(error) => Err(error),
            None => Ok(reader),
        }
    };
    let reader = match timeout(TIME_LIMIT, read).await {
        Ok(answer) => gap::answer(Source::AgentLog, answer),
        Err(_elapsed) => Reading::Unavailable(late()),
    };
    match reader {
        Reading::Known(reader) if reader.is_not_understood() => Reading::Unavailable(not_understood()),
        Reading::Known(reader) if reader.is_off() => {
            let detail = "its times are not those of the API server: the node's clock differs";
            Reading::Unavailable(Gap::new(Source::AgentLog, GapReason::Insufficient, detail))
        }
        Reading::Known(reader) => Reading::Known(reader.finish()),
        Reading::Unavailable(gap) => Reading::Unavailable(gap),
    }
}

/// Where the agent serves its metrics, unless it is told another port (`cmd/server.go` of the agent).
const METRICS_PORT: &str = "2705";
/// The counter of answers to pods, by HTTP status (`pkg/handlers/eks_credential_handler.go` of the agent).
const ANSWERS: &str = "pod_identity_http_response{code=\"";

/// Reads how many answers of each HTTP status an agent gave since it started, through the proxy of the API server.
pub async fn read_metrics(client: &KubernetesClient, agent: &AgentPod) -> Reading<BTreeMap<String, u64>> {
    let Metadata { namespace, name, .. } = &agent.metadata;
    let port = agent.spec.agent().and_then(|own| own.flag(&["metrics-port"])).unwrap_or(METRICS_PORT);
    let pod = format!("/api/v1/namespaces/{}/pods/{}", encode(namespace), encode(name));
    let text = match client.get_bytes(&format!("{pod}:{}/proxy/metrics", encode(port))).await {
        Ok(text) => text,
        Err(error) => {
            let gap = gap::of_kubernetes(Source::AgentLog, &error);
            let right = GapKind::RightsMissing(vec![format!("get pods/proxy in {namespace}")]);
            return Reading::Unavailable(if error.is_forbidden() { gap.because(right) } else { gap });
        }
    };
    let text = String::from_utf8_lossy(&text);
    // Before the first answer the counter is not there, but its server has other metrics.
    if !text.lines().any(|line| line.starts_with("# ")) {
        let detail = "the agent's port for metrics answers with something else";
        return Reading::Unavailable(Gap::new(Source::AgentLog, GapReason::Malformed, detail));
    }
    let counted = text.lines().filter_map(|line| {
        let (code, number) = line.strip_prefix(ANSWERS)?.split_once("\"}")?;
        let number: f64 = number.trim().parse().ok()?;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a counter is a whole number")]
        let number = number.max(0.0) as u64;
        code.chars().all(|c| c.is_ascii_digit()).then(|| (code.to_owned(), number))
    });
    Reading::Known(counted.collect())
}

fn late() -> Gap {
    let detail = format!("it was not read to its end within {TIME_LIMIT:.0?}");
    Gap::new(Source::AgentLog, GapReason::TimedOut, detail)
}

fn not_understood() -> Gap {
    let detail = "no line of the agent's log is in a form that is known";
    Gap::new(Source::AgentLog, GapReason::Malformed, detail)
}

/// The agents whose logs are read, in the order in which they came.
fn newest<'p>(agents: impl Iterator<Item = &'p AgentPod>) -> Vec<&'p AgentPod> {
    let mut agents: Vec<&AgentPod> = agents.collect();
    agents.sort_by_key(|agent| agent.metadata.creation_timestamp);
    agents.split_off(agents.len().saturating_sub(AGENT_PODS))
}

/// The log of an agent from a moment on.
fn path(agent: &AgentPod, from: Timestamp) -> String {
    format!("{}&sinceTime={}", log_of(agent), encode(&from.to_string()))
}

fn log_of(agent: &AgentPod) -> String {
    let container = agent.spec.agent().map_or(metadata::AGENT, |container| &container.name);
    format!(
        "/api/v1/namespaces/{}/pods/{}/log?container={}",
        encode(&agent.metadata.namespace),
        encode(&agent.metadata.name),
        encode(container)
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
