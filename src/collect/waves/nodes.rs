//! The waves of all nodes: nodes, daemon sets and pods at once, then the agents' pods, then the log of each.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures::StreamExt as _;
use futures::join;
use futures::stream;
use jiff::SignedDuration;

use crate::collect::gap;
use crate::collect::plan::Planned;
use crate::collect::read::agent::read_node_log;
use crate::collect::read::kubernetes::{self, encode};
use crate::collect::session::Session;
use crate::collect::waves::inventory::AT_A_TIME;
use crate::collect::waves::surroundings::daemon_sets;
use crate::evidence::inventory::{NodeInventory, NodeLog, NodePods};
use crate::evidence::kubernetes::agent::namespaces;
use crate::evidence::kubernetes::metadata;
use crate::evidence::source::SYSTEM_NAMESPACE;
use crate::evidence::{AgentPod, Node, Pod, Reading, Source};

/// How far back the log of an agent is read.
pub const LOG_WINDOW: SignedDuration = SignedDuration::from_mins(15);

/// What is to be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Nodes with these labels only.
    pub selector: Option<String>,
    /// The log of each agent.
    pub logs: bool,
}

/// How far reading has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// Nodes so far.
    pub nodes: usize,
    /// Pods so far.
    pub pods: usize,
    /// Logs so far, and all of them.
    pub logs: (usize, usize),
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
    let logs = if wanted.logs { logs(session, &nodes, &agent_pods, &step).await } else { BTreeMap::new() };
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
        logs,
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

/// Reads the log of the agents of each node, eight nodes at a time.
async fn logs(
    session: &Session,
    nodes: &Reading<Vec<Node>>,
    agents: &Reading<Vec<AgentPod>>,
    step: &Step<'_>,
) -> BTreeMap<String, Reading<NodeLog>> {
    let mut by_node: BTreeMap<&str, Vec<&AgentPod>> = BTreeMap::new();
    for agent in agents.known().into_iter().flatten() {
        by_node.entry(agent.spec.node_name.as_deref().unwrap_or_default()).or_default().push(agent);
    }
    let names = nodes.known().into_iter().flatten().map(|node| node.metadata.name.as_str());
    let asked: Vec<(&str, Vec<&AgentPod>)> = names.filter_map(|name| Some((name, by_node.remove(name)?))).collect();
    let (all, done) = (asked.len(), AtomicUsize::new(0));
    step(&|counts| counts.logs = (0, all));
    let now = session.now();
    let read = |(name, agents): (&str, Vec<&AgentPod>)| {
        let (name, agents): (_, Vec<AgentPod>) = (name.to_owned(), agents.into_iter().cloned().collect());
        let done = &done;
        async move {
            let log = read_node_log(&session.kubernetes, &agents, now - LOG_WINDOW, now);
            let log = session.run.ask(Source::AgentLog, log).await;
            let read = done.fetch_add(1, Ordering::Relaxed) + 1;
            step(&|counts| counts.logs.0 = read);
            (name, log)
        }
    };
    stream::iter(asked.into_iter().map(read)).buffer_unordered(AT_A_TIME).collect().await
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
        let log = format!("/api/v1/namespaces/{SYSTEM_NAMESPACE}/pods/AGENT/log?container={container}&sinceTime=TIME");
        add(3, &format!("get pods/log in {SYSTEM_NAMESPACE}"), log, Some("for each agent, eight nodes at a time"));
    }
    all
}
