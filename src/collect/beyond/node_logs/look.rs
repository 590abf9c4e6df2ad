//! What the agent of an Auto Mode node logged about a pod, asked of the kubelet, else of what the node collects.
//!
//! Source: `pkg/kubelet/kubelet.go` and `kubelet_server_journal.go` of Kubernetes.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::archive::{Journal, Logs, malformed, unpack};
use super::diagnostic::{CLOCKS, Collection, denied, insufficient};
use crate::collect::access::clients::KubernetesError;
use crate::collect::gap;
use crate::collect::read::agent::{LEAD, LINE_LIMIT, LogQuery, reader};
use crate::collect::read::kubernetes::encode;
use crate::collect::session::Session;
use crate::evidence::kubernetes::node::Compute;
use crate::evidence::{AgentLog, Evidence, Gap, GapReason, Reading, Source};
use crate::target::TargetKind;

/// The unit of the agent on an Auto Mode node.
const UNIT: &str = "eks-pod-identity-agent";
/// How long the kubelet may take: it gives up on the journal itself after 30 s, and does not say so.
const QUERY_LIMIT: Duration = Duration::from_secs(10);

/// What was learnt, and what was left behind.
pub struct Asked {
    /// What the agent logged.
    pub log: Reading<AgentLog>,
    /// What stays, in words.
    pub side_effects: Vec<String>,
}

/// What nodes collected in this run; each is asked by one at a time, and one archive is unpacked at a time.
pub struct Turns {
    nodes: Mutex<BTreeMap<String, Arc<tokio::sync::Mutex<Option<Done>>>>>,
    unpacking: Semaphore,
}

impl Default for Turns {
    fn default() -> Self {
        Self { nodes: Mutex::default(), unpacking: Semaphore::new(1) }
    }
}

impl Turns {
    fn of(&self, node: &str) -> Arc<tokio::sync::Mutex<Option<Done>>> {
        let mut nodes = self.nodes.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(nodes.entry(node.to_owned()).or_default())
    }
}

/// What came of a collection.
struct Done {
    /// When it began: it tells nothing of what came later.
    begun: Timestamp,
    /// The log of each pod that it was read for, or why there is none.
    logs: Result<Logs, Gap>,
}

/// Asks for the log, if the pod is on an Auto Mode node.
pub async fn ask(session: &Session, evidence: &Evidence) -> Asked {
    let mut side_effects = Vec::new();
    let log = match able(evidence) {
        Ok((node, query)) => {
            let look = Look { session, node, query, now: evidence.collected_at };
            let read = look.read(&mut side_effects).await;
            read.map_or_else(Reading::Unavailable, Reading::Known)
        }
        Err(gap) => {
            if gap.reason == GapReason::NotRequested {
                session.active.announce.note(&format!("--node-logs: {}", gap.detail));
            }
            Reading::Unavailable(gap)
        }
    };
    Asked { log, side_effects }
}

fn able(evidence: &Evidence) -> Result<(&str, LogQuery), Gap> {
    let behind = |first: Gap| Gap::blocked_by(Source::NodeLog, &first);
    let nothing = |why: &str| Gap::nothing_to_ask(Source::NodeLog, why);
    if evidence.target.kind == TargetKind::ServiceAccount {
        return Err(nothing("it tells of pods: name one of the service account"));
    }
    let pod = evidence.live_pod().map_err(behind)?;
    let query = LogQuery::of(pod).map_err(nothing)?;
    let node = pod.and_then(|pod| pod.spec.node_name.as_deref()).ok_or_else(|| nothing("the pod is on no node yet"))?;
    match evidence.compute().map_err(behind)? {
        Compute::Auto => Ok((node, query)),
        _ => Err(nothing("the node is none of Auto Mode")),
    }
}

/// A look into the log of one node for one pod.
struct Look<'a> {
    session: &'a Session,
    node: &'a str,
    query: LogQuery,
    /// "Now" of the evidence: what comes later is not judged by it.
    now: Timestamp,
}

impl Look<'_> {
    async fn read(&self, side_effects: &mut Vec<String>) -> Result<AgentLog, Gap> {
        if let Some(log) = self.by_query().await? {
            return Ok(log);
        }
        let turn = self.session.node_logs.of(self.node);
        let mut turn = turn.lock().await;
        // What was collected before this pod was read tells nothing of it.
        let is_of_use = |done: &Done| done.logs.is_err() || done.begun + CLOCKS >= self.now;
        let mut done = if let Some(done) = turn.take().filter(is_of_use) {
            done
        } else {
            let collection = Collection { session: self.session, node: self.node };
            let begun = self.session.now();
            Done { begun, logs: collection.collect(side_effects).await.map(|()| Vec::new()) }
        };
        if let Ok(logs) = &mut done.logs
            && logs.iter().all(|(query, _)| *query != self.query)
        {
            let queries = self.session.log_queries.beside(self.node, &self.query);
            match self.fetch(queries).await {
                Ok(more) => logs.extend(more),
                Err(gap) => done.logs = Err(gap),
            }
        }
        let own = match &done.logs {
            Ok(logs) => logs.iter().find(|(query, _)| *query == self.query).map(|(_, log)| log.clone()),
            Err(gap) => Some(Err(gap.clone())),
        };
        *turn = Some(done);
        own.unwrap_or_else(|| Err(malformed("the log was not read for this pod")))
    }

    /// What the kubelet says of the unit's journal; `None` where it answers no such question, or has no line of it.
    ///
    /// A kubelet that is not to answer queries passes over them and lists its files instead.
    async fn by_query(&self) -> Result<Option<AgentLog>, Gap> {
        // Waiting for one's turn is not the kubelet's slowness.
        let _turn = self.session.log_queries.turns.acquire().await.ok();
        let since = self.query.since() - LEAD;
        let path = format!("{}/?query={UNIT}&sinceTime={}", self.logs(), encode(&since.to_string()));
        let mut journal = Journal::of(vec![self.query.clone()], |query| reader(query, self.now).beginning(since));
        match timeout(QUERY_LIMIT, self.session.kubernetes.each_line(&path, LINE_LIMIT, |line| journal.take(line)))
            .await
        {
            Ok(Ok(_)) if !journal.any => Ok(None),
            Ok(Ok(_)) => journal.finish().remove(0).1.map(Some),
            Ok(Err(error)) if error.is_forbidden() => Err(denied(&error, &["get nodes/proxy"])),
            // The kubelet's own words, which are no object of the API.
            Ok(Err(KubernetesError::Foreign { code: 405, .. })) => {
                Err(insufficient("the kubelet of the node serves no logs (status 405)"))
            }
            Ok(Err(KubernetesError::Foreign { code: 400 | 404 | 406, .. })) => Ok(None),
            Ok(Err(error)) => Err(gap::of_kubernetes(Source::NodeLog, &error)),
            Err(_elapsed) => {
                let detail = format!("the kubelet did not print the log to its end within {QUERY_LIMIT:.0?}");
                Err(Gap::new(Source::NodeLog, GapReason::TimedOut, detail))
            }
        }
    }

    fn logs(&self) -> String {
        format!("/api/v1/nodes/{}/proxy/logs", encode(self.node))
    }

    /// Fetches what the node has collected, and reads the log of the agent in it for some of its pods.
    async fn fetch(&self, queries: Vec<LogQuery>) -> Result<Logs, Gap> {
        // An archive is large, so only one is held at a time. The semaphore is never closed.
        let _turn = self.session.node_logs.unpacking.acquire().await.ok();
        let path = format!("{}/support/{}-logs.tar.gz", self.logs(), encode(self.node));
        let archive = self.session.kubernetes.get_bytes(&path).await.map_err(|error| match error {
            error if error.is_forbidden() => denied(&error, &["get nodes/proxy"]),
            KubernetesError::Foreign { code: 404, .. } => insufficient("the node has no file of what it collected"),
            error => gap::of_kubernetes(Source::NodeLog, &error),
        })?;
        // The journal is whole: what is older than the pod shows that nothing is missing.
        let journal = Journal::of(queries, |query| reader(query, self.now));
        let end = self.session.run.deadline;
        let read = tokio::task::spawn_blocking(move || unpack(&archive, journal, end)).await;
        let read = read.map_err(|_stopped| malformed("what the node collected could not be read"))?;
        let journal = read.map_err(|detail| malformed(&detail))?;
        if !journal.any {
            return Err(malformed("the log of the agent that the node collected has no line of a journal"));
        }
        Ok(journal.finish())
    }
}
