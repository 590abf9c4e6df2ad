//! The log that an Auto Mode node keeps of its agent: by the kubelet's log query, else by a `NodeDiagnostic` that is made, waited
//! for, fetched and deleted again.
//!
//! Sources: `pkg/kubelet/kubelet.go` and `kubelet_server_journal.go` of Kubernetes; `api/v1alpha1/nodediagnostic.go`,
//! `pkg/controllers/nodediagnostic.go` and `pkg/log_collector/collect/automode.go` of aws/eks-node-monitoring-agent.

use std::collections::BTreeMap;
use std::io::Read;
use std::time::Duration;

use flate2::read::MultiGzDecoder;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep, timeout};

use crate::collect::access::access_review::{Access, Right, review};
use crate::collect::access::clients::{KubernetesClient, KubernetesError, each_line_of};
use crate::collect::beyond::leftovers::Made;
use crate::collect::gap;
use crate::collect::read::agent::{LEAD, LINE_LIMIT, LogQuery, readers};
use crate::collect::read::kubernetes::encode;
use crate::collect::session::Session;
use crate::evidence::asked::foreign_text::ForeignText;
use crate::evidence::kubernetes::node::Compute;
use crate::evidence::reading::GapKind;
use crate::evidence::{AgentLog, Evidence, Gap, GapReason, Reading, Source};
use crate::reasoning::agent::journal;
use crate::reasoning::agent::log_reader::AgentLogReader;

/// The unit of the agent on an Auto Mode node.
const UNIT: &str = "eks-pod-identity-agent";
/// Where the unit's log is in what a node collects.
const FILE: &str = "automode/eks-pod-identity-agent.txt";
/// The least group of logs that the agent's belongs to.
const CATEGORY: &str = "System";
/// How long the kubelet may take: it gives up on the journal itself after 30 s, and does not say so.
const QUERY_LIMIT: Duration = Duration::from_secs(10);
/// Between two looks at whether the logs are collected.
const PAUSE: Duration = Duration::from_secs(1);
/// What is kept of the time of the run for fetching and taking away.
const REST: Duration = Duration::from_secs(3);
/// The most that is unpacked, in bytes: logs of a node, or something that only pretends to be.
const UNPACKED_LIMIT: u64 = 1 << 30;
/// The label by which a run knows what it made.
const RUN_LABEL: &str = "kubectl-podid/run";

/// What was learnt, and what was left behind.
pub struct Asked {
    /// What the agent logged.
    pub log: Reading<AgentLog>,
    /// What stays, in words.
    pub side_effects: Vec<String>,
}

/// The nodes whose logs were collected in this run already: their file stays for some minutes. Nodes are asked one after the other.
pub type Turn = tokio::sync::Mutex<BTreeMap<String, Result<(), Gap>>>;

/// Asks for the log, if the pod is on an Auto Mode node.
pub async fn ask(session: &Session, evidence: &Evidence) -> Asked {
    let mut side_effects = Vec::new();
    let log = match able(evidence) {
        Ok((node, query)) => {
            let look = Look { session, client: &session.kubernetes, node, query };
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
    let pod = evidence.live_pod().map_err(behind)?;
    let query = LogQuery::of(pod).map_err(nothing)?;
    let node = pod.and_then(|pod| pod.spec.node_name.as_deref()).ok_or_else(|| nothing("the pod is on no node yet"))?;
    match evidence.compute().map_err(behind)? {
        Compute::Auto => Ok((node, query)),
        _ => Err(nothing("the node is none of Auto Mode: what the agent logs is read from its pod")),
    }
}

/// A look into the log of one node for one pod.
struct Look<'a> {
    session: &'a Session,
    client: &'a KubernetesClient,
    node: &'a str,
    query: LogQuery,
}

impl Look<'_> {
    async fn read(&self, side_effects: &mut Vec<String>) -> Result<AgentLog, Gap> {
        if let Some(log) = self.by_query().await? {
            return Ok(log);
        }
        let mut collected = self.session.node_logs.lock().await;
        if let Some(done) = collected.get(self.node) {
            done.clone()?;
        } else {
            let done = self.collect(side_effects).await;
            collected.insert(self.node.to_owned(), done.clone());
            done?;
        }
        drop(collected);
        self.fetch().await
    }

    /// What the kubelet says of the unit's journal; `None` where it answers no such question, or has no line of it.
    ///
    /// A kubelet that is not to answer queries passes over them and lists its files instead.
    async fn by_query(&self) -> Result<Option<AgentLog>, Gap> {
        let since = encode(&(self.query.since() - LEAD).to_string());
        let path = format!("{}/?query={UNIT}&sinceTime={since}", self.logs());
        let mut lines = Lines::of(&self.query, self.session.now());
        match timeout(QUERY_LIMIT, self.client.each_line(&path, LINE_LIMIT, |line| lines.take(line))).await {
            Ok(Ok(_)) => lines.finish(),
            Ok(Err(error)) if error.is_forbidden() => Err(denied(&error, &["get nodes/proxy"])),
            Ok(Err(KubernetesError::Foreign { code: 405, .. })) => {
                let detail = "the kubelet of the node is not to serve any logs (enableSystemLogHandler)";
                Err(Gap::new(Source::NodeLog, GapReason::Insufficient, detail))
            }
            // The kubelet's own words, which are no object of the API: it does not take the query.
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

    /// Makes a `NodeDiagnostic`, waits until the node has collected its logs, and deletes it again.
    async fn collect(&self, side_effects: &mut Vec<String>) -> Result<(), Gap> {
        self.demand_rights().await?;
        let (node, announce) = (self.node, &self.session.active.announce);
        announce.warn(&format!(
            "makes NodeDiagnostic {node}, by which the node collects its system logs, and deletes it again; the file stays on the node for about ten minutes"
        ));
        let path = format!("{DIAGNOSTICS}/{}", encode(node));
        let leftovers = &self.session.active.leftovers;
        let run = run_id(self.session.now());
        // It is made note of before it is there: an answer that is lost is no reason to leave it.
        leftovers.add(Made {
            client: self.client.clone(),
            path: path.clone(),
            name: node.to_owned(),
            what: format!("NodeDiagnostic {node}"),
            otherwise: format!("kubectl delete nodediagnostics.eks.amazonaws.com {node} takes it away"),
            mark: Some((RUN_LABEL, run.clone())),
        });
        if let Err(error) = self.client.post::<Value>(DIAGNOSTICS, &diagnostic(node, &run)).await {
            // A path of a group that is not there is not found in words that are no object of the API.
            if error.is_refusal() || matches!(error, KubernetesError::Foreign { code: 404, .. }) {
                leftovers.forget(&path);
            } else if let Some(stays) = leftovers.remove(&path).await {
                announce.warn(&stays);
                side_effects.push(stays);
            }
            return Err(self.refused(&error));
        }
        let collected = self.wait(&path).await;
        side_effects
            .push(format!("a file with the system logs of node {node}, on the node itself for about ten minutes"));
        if let Some(stays) = leftovers.remove(&path).await {
            announce.warn(&stays);
            side_effects.push(stays);
        }
        collected
    }

    async fn demand_rights(&self) -> Result<(), Gap> {
        let right = |verb: &str| Right {
            verb: verb.to_owned(),
            group: "eks.amazonaws.com".to_owned(),
            resource: "nodediagnostics".to_owned(),
            namespace: None,
        };
        let rights = ["create", "get", "delete"].map(right);
        let held = review(self.session, &rights).await;
        let missing = rights.iter().zip(held).filter(|(_, access)| *access == Access::Missing);
        let missing: Vec<String> = missing.map(|(right, _)| format!("{} {}", right.verb, right.resource)).collect();
        if missing.is_empty() {
            return Ok(());
        }
        let detail = format!(
            "the kubelet of the node answers no log queries, and this user may not {}, as the API server says",
            missing.join(" or ")
        );
        Err(Gap::new(Source::NodeLog, GapReason::Denied, detail).because(GapKind::RightsMissing(missing)))
    }

    fn refused(&self, error: &KubernetesError) -> Gap {
        let insufficient = |detail: String| Gap::new(Source::NodeLog, GapReason::Insufficient, detail);
        let code = match error {
            KubernetesError::Foreign { code, .. } => Some(*code),
            error => error.status().map(|status| status.code),
        };
        match code {
            Some(404) => insufficient(
                "the kubelet of the node answers no log queries, and the cluster has no NodeDiagnostic of eks.amazonaws.com"
                    .to_owned(),
            ),
            Some(409) => insufficient(format!(
                "there is a NodeDiagnostic {} already, which this run did not make and does not touch",
                self.node
            )),
            _ if error.is_forbidden() => denied(error, &["create nodediagnostics"]),
            _ => gap::of_kubernetes(Source::NodeLog, error),
        }
    }

    /// Waits until the node says that it has collected.
    async fn wait(&self, path: &str) -> Result<(), Gap> {
        let left = self.session.run.deadline.saturating_duration_since(Instant::now());
        let end = Instant::now() + left.saturating_sub(REST);
        loop {
            let found: Diagnostic =
                self.client.get(path).await.map_err(|error| gap::of_kubernetes(Source::NodeLog, &error))?;
            let of_logs = found.status.capture_statuses.into_iter().find(|one| one.kind == "Log");
            if let Some(completed) = of_logs.and_then(|one| one.state.completed) {
                return match completed.reason.as_str() {
                    "Success" | "SuccessWithErrors" => Ok(()),
                    _ => {
                        let detail = format!("the node could not collect its logs: {}", completed.message);
                        Err(Gap::new(Source::NodeLog, GapReason::Insufficient, ForeignText::new(&detail)))
                    }
                };
            }
            if Instant::now() + PAUSE >= end {
                let detail =
                    "the node had not collected its logs at the end of the run: a longer --timeout waits for it";
                return Err(Gap::new(Source::NodeLog, GapReason::TimedOut, detail));
            }
            sleep(PAUSE).await;
        }
    }

    /// Fetches what the node has collected, and reads the log of the agent in it.
    async fn fetch(&self) -> Result<AgentLog, Gap> {
        let path = format!("{}/support/{}-logs.tar.gz", self.logs(), encode(self.node));
        let archive = self.client.get_bytes(&path).await.map_err(|error| match error {
            error if error.is_forbidden() => denied(&error, &["get nodes/proxy"]),
            error => gap::of_kubernetes(Source::NodeLog, &error),
        })?;
        let lines = Lines::of(&self.query, self.session.now());
        let read = tokio::task::spawn_blocking(move || unpack(&archive, lines)).await;
        let malformed = |detail: &str| Gap::new(Source::NodeLog, GapReason::Malformed, detail);
        let read = read.map_err(|_stopped| malformed("what the node collected could not be read"))?;
        let lines = read.map_err(|detail| malformed(&detail))?;
        lines
            .finish()?
            .ok_or_else(|| malformed("the log of the agent that the node collected has no line of a journal"))
    }
}

/// The gap of a refusal, with the rights that are missing.
fn denied(error: &KubernetesError, rights: &[&str]) -> Gap {
    let rights = rights.iter().map(|right| (*right).to_owned()).collect();
    gap::of_kubernetes(Source::NodeLog, error).because(GapKind::RightsMissing(rights))
}

/// Reads the log of the agent out of what a node collected.
fn unpack(archive: &[u8], mut lines: Lines) -> Result<Lines, String> {
    let broken =
        |error: std::io::Error| format!("what the node collected is no archive that can be read ({})", error.kind());
    let mut archive = tar::Archive::new(MultiGzDecoder::new(archive).take(UNPACKED_LIMIT));
    for entry in archive.entries().map_err(broken)? {
        let entry = entry.map_err(broken)?;
        if entry.path().is_ok_and(|path| path.ends_with(FILE)) {
            each_line_of(entry, LINE_LIMIT, |line| lines.take(line)).map_err(broken)?;
            return Ok(lines);
        }
    }
    Err(format!("what the node collected holds no {FILE}"))
}

/// Takes in the lines of a journal.
struct Lines {
    reader: AgentLogReader,
    any: bool,
}

impl Lines {
    fn of(query: &LogQuery, now: Timestamp) -> Self {
        let mut reader = readers(std::slice::from_ref(query), now).remove(0);
        reader.begin_file();
        Self { reader, any: false }
    }

    fn take(&mut self, line: &str) {
        if let Some(message) = journal::message(line) {
            self.any = true;
            self.reader.line(message);
        }
    }

    /// The log; `None` where not a line was one of a journal.
    fn finish(self) -> Result<Option<AgentLog>, Gap> {
        if self.reader.is_not_understood() {
            let detail = "no line of the agent's log is in a form that is known";
            return Err(Gap::new(Source::NodeLog, GapReason::Malformed, detail));
        }
        Ok(self.any.then(|| self.reader.finish(true)))
    }
}

/// Where they are made.
pub const DIAGNOSTICS: &str = "/apis/eks.amazonaws.com/v1alpha1/nodediagnostics";

fn diagnostic(node: &str, run: &str) -> Value {
    json!({
        "apiVersion": "eks.amazonaws.com/v1alpha1",
        "kind": "NodeDiagnostic",
        "metadata": {
            "name": node,
            "labels": { "app.kubernetes.io/managed-by": "kubectl-podid", RUN_LABEL: run },
        },
        "spec": { "logCapture": { "destination": "node", "categories": [CATEGORY] } },
    })
}

/// What no other run is called: the time, and the number of the process.
fn run_id(now: Timestamp) -> String {
    format!("{}-{}", now.as_nanosecond(), std::process::id())
}

/// A `NodeDiagnostic`, as far as it says what became of it.
#[derive(Deserialize)]
struct Diagnostic {
    #[serde(default)]
    status: DiagnosticStatus,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct DiagnosticStatus {
    capture_statuses: Vec<CaptureStatus>,
}

#[derive(Deserialize)]
struct CaptureStatus {
    #[serde(rename = "type")]
    kind: String,
    state: CaptureState,
}

#[derive(Deserialize)]
struct CaptureState {
    #[serde(default)]
    completed: Option<Completed>,
}

#[derive(Deserialize)]
struct Completed {
    reason: String,
    #[serde(default)]
    message: String,
}
