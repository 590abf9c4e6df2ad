//! The waves of all nodes: nodes, daemon sets and pods at once, then the agents' pods, then the log of each.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Mutex;

use futures::StreamExt as _;
use futures::join;
use futures::stream;
use jiff::SignedDuration;

use crate::collect::access::access_review::REVIEWS;
use crate::collect::beyond::probe::{every_node, rights};
use crate::collect::gap;
use crate::collect::plan::{BEYOND_READING, Planned};
use crate::collect::read::agent::{read_metrics, read_node_log};
use crate::collect::read::kubernetes::{self, encode};
use crate::collect::session::Session;
use crate::collect::waves::inventory::AT_A_TIME;
use crate::collect::waves::surroundings::daemon_sets;
use crate::evidence::inventory::{NodeInventory, NodePods};
use crate::evidence::kubernetes::agent::{by_node, namespaces};
use crate::evidence::kubernetes::metadata;
use crate::evidence::source::SYSTEM_NAMESPACE;
use crate::evidence::{AgentPod, Gap, Node, Pod, Reading, Source};

/// How far back the log of an agent is read.
pub const LOG_WINDOW: SignedDuration = SignedDuration::from_mins(15);

/// What is to be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Nodes with these labels only.
    pub selector: Option<String>,
    /// The log of each agent.
    pub logs: bool,
    /// The metrics of each agent.
    pub metrics: bool,
    /// A probe on every node.
    pub probe: Option<every_node::Asked>,
}

/// How far reading has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// Nodes so far.
    pub nodes: usize,
    /// Pods so far.
    pub pods: usize,
    /// Logs or metrics so far, and all of them.
    pub agents: (usize, usize),
    /// Nodes that were probed so far, and all of them.
    pub probed: (usize, usize),
}

/// Reads the nodes of a cluster and the agents on them; whatever cannot be read is a gap.
pub async fn collect(session: &Session, wanted: &Wanted, say: impl Fn(Progress)) -> NodeInventory {
    let counts = Mutex::new(Progress::default());
    let step = |change: &dyn Fn(&mut Progress)| {
        let mut counts = counts.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        change(&mut counts);
        say(*counts);
    };
    let nodes = async {
        let query = wanted.selector.as_ref().map(|selector| format!("labelSelector={}", encode(selector)));
        let query = query.unwrap_or_default();
        let seen = |number| step(&|counts| counts.nodes = number);
        let all = kubernetes::notes(&session.kubernetes, "/api/v1/nodes", &query, std::convert::identity::<Node>, seen);
        gap::answer(Source::Node, all.await)
    };
    let agents = async {
        let sets = daemon_sets(session).await.agents;
        let places = namespaces(sets.known().map_or(&[], Vec::as_slice));
        let pods = kubernetes::all_agent_pods(&session.kubernetes, &places);
        let pods = session.run.ask(Source::AgentPods, pods).await;
        (sets, pods)
    };
    let (nodes, (agent_daemon_sets, agent_pods), pods) = join!(
        session.run.ask(Source::Node, nodes),
        agents,
        session.run.ask(Source::Siblings, pods(session, |number| step(&|counts| counts.pods = number))),
    );
    let asked = on_nodes(&nodes, &agent_pods);
    // "Now" is that of each node's turn: the logs of many take a while.
    let logs = each(session, wanted.logs, &asked, &step, |agents| async move {
        Some(read_node_log(&session.kubernetes, &agents, LOG_WINDOW, session.now()).await)
    });
    let logs = logs.await;
    // Of two agents only one has the port.
    let metrics = each(session, wanted.metrics, &asked, &step, |agents| async move {
        let ready = agents.iter().find(|agent| agent.is_ready()).or(agents.first())?;
        Some(read_metrics(&session.kubernetes, ready).await)
    });
    let metrics = metrics.await;
    let probes = match &wanted.probe {
        Some(asked) => {
            let say = |done, all| step(&|counts| counts.probed = (done, all));
            Some(every_node::ask(session, asked, &nodes, say).await)
        }
        None => None,
    };
    NodeInventory {
        collected_at: session.now(),
        duration_ms: session.elapsed_ms(),
        requests: session.requests(),
        context: session.context.clone(),
        nodes,
        agent_daemon_sets,
        agent_pods,
        pods,
        has_logs: wanted.logs,
        has_metrics: wanted.metrics,
        metrics,
        logs,
        probes,
    }
}

/// Counts the pods with the variables on each node.
async fn pods(session: &Session, seen: impl Fn(usize)) -> Reading<BTreeMap<String, NodePods>> {
    let noted = |pod: Pod| {
        let is_served = !pod.has_ended() && pod.containers().any(|container| container.is_injected());
        let node = pod.spec.node_name.filter(|_| is_served)?;
        Some((node, (pod.metadata.namespace, pod.metadata.name)))
    };
    let all = kubernetes::notes(&session.kubernetes, "/api/v1/pods", "", noted, seen).await;
    let by_node = all.map(|all| {
        let mut by_node: BTreeMap<String, NodePods> = BTreeMap::new();
        for (node, name) in all.into_iter().flatten() {
            let pods = by_node.entry(node).or_insert_with(|| NodePods { number: 0, example: name });
            pods.number += 1;
        }
        by_node
    });
    gap::answer(Source::Siblings, by_node)
}

type Step<'s> = dyn Fn(&dyn Fn(&mut Progress)) + 's;

/// The agents of each node that was read.
fn on_nodes<'n>(
    nodes: &'n Reading<Vec<Node>>,
    agents: &'n Reading<Vec<AgentPod>>,
) -> Vec<(&'n str, Vec<&'n AgentPod>)> {
    let mut by_node = by_node(agents.known().map_or(&[], Vec::as_slice));
    let names = nodes.known().into_iter().flatten().map(|node| node.metadata.name.as_str());
    names.filter_map(|name| Some((name, by_node.remove(name)?))).collect()
}

/// Asks something of the agents of each node, eight nodes at a time; nothing where it is not wanted.
async fn each<'n, T, F: Future<Output = Option<Reading<T>>>>(
    session: &Session,
    is_wanted: bool,
    asked: &[(&'n str, Vec<&'n AgentPod>)],
    step: &Step<'_>,
    ask: impl Fn(Vec<&'n AgentPod>) -> F,
) -> BTreeMap<String, Reading<T>> {
    if !is_wanted {
        return BTreeMap::new();
    }
    step(&|counts| counts.agents.1 += asked.len());
    let read = |(name, agents): &(&'n str, Vec<&'n AgentPod>)| {
        let (name, answer) = ((*name).to_owned(), ask(agents.clone()));
        async move {
            let answer = async {
                answer
                    .await
                    .unwrap_or_else(|| Reading::Unavailable(Gap::not_requested(Source::AgentLog, "there is no agent")))
            };
            let answer = session.run.ask(Source::AgentLog, answer).await;
            step(&|counts| counts.agents.0 += 1);
            (name, answer)
        }
    };
    stream::iter(asked.iter().map(read)).buffer_unordered(AT_A_TIME).collect().await
}

/// Lists the requests for the nodes of a cluster.
pub fn plan(wanted: &Wanted) -> Vec<Planned> {
    let mut all = Vec::new();
    let mut add = |wave, permission: &str, path: String, when| {
        all.push(Planned { wave, request: format!("GET {path}"), permission: Some(permission.to_owned()), when });
    };
    let query = wanted.selector.as_ref().map(|selector| format!("?labelSelector={}", encode(selector)));
    let pages = Some("in pages of 500");
    add(1, "list nodes", format!("/api/v1/nodes{}", query.unwrap_or_default()), pages);
    add(1, "list pods in all namespaces", "/api/v1/pods".to_owned(), pages);
    add(1, "list daemonsets in all namespaces", "/apis/apps/v1/daemonsets".to_owned(), pages);
    let sets = format!("/apis/apps/v1/namespaces/{SYSTEM_NAMESPACE}/daemonsets");
    add(1, &format!("list daemonsets in {SYSTEM_NAMESPACE}"), sets, Some("if the former is refused"));
    let agents = format!("/api/v1/namespaces/{SYSTEM_NAMESPACE}/pods");
    add(2, &format!("list pods in {SYSTEM_NAMESPACE}"), agents, Some("where the agent's daemon sets are"));
    if wanted.logs {
        let container = metadata::AGENT;
        let log =
            format!("/api/v1/namespaces/{SYSTEM_NAMESPACE}/pods/AGENT/log?container={container}&sinceSeconds=900");
        add(3, &format!("get pods/log in {SYSTEM_NAMESPACE}"), log, Some("for each agent, eight nodes at a time"));
    }
    if wanted.metrics {
        let proxy = format!("/api/v1/namespaces/{SYSTEM_NAMESPACE}/pods/AGENT:2705/proxy/metrics");
        add(3, &format!("get pods/proxy in {SYSTEM_NAMESPACE}"), proxy, Some("for each agent, eight nodes at a time"));
    }
    if let Some(asked) = &wanted.probe {
        let path = format!("/api/v1/namespaces/{}", encode(&asked.namespace));
        let account = format!("GET {path}/serviceaccounts/{}", encode(&asked.service_account));
        let permitted = |source: Source| source.permission_text(&asked.namespace, SYSTEM_NAMESPACE);
        let before = [
            (format!("POST {REVIEWS}"), None, "asks first whether this user may do what follows"),
            (account, permitted(Source::ServiceAccount), "whether it is there"),
        ];
        let events = (format!("GET {path}/events"), permitted(Source::Events), "if there is no pod for a node");
        let rows = before.into_iter().chain(rights::planned_on_every_node(&asked.namespace)).chain([events]);
        all.extend(rows.map(|(request, permission, when)| Planned {
            wave: BEYOND_READING,
            request,
            permission,
            when: Some(when),
        }));
    }
    all
}
