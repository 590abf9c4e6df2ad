//! Has a node collect its logs, by a `NodeDiagnostic` that is made, waited for and deleted again.
//!
//! Sources: `api/v1alpha1/nodediagnostic.go` and `pkg/controllers/nodediagnostic.go` of aws/eks-node-monitoring-agent.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::collect::access::access_review::{Access, Right, review};
use crate::collect::access::clients::KubernetesError;
use crate::collect::beyond::leftovers::{KnownBy, Made, RUN_LABEL};
use crate::collect::beyond::probe;
use crate::collect::gap;
use crate::collect::read::kubernetes::encode;
use crate::collect::session::Session;
use crate::evidence::asked::foreign_text::ForeignText;
use crate::evidence::reading::GapKind;
use crate::evidence::{Gap, GapReason, Metadata, Source};

/// The least group of logs that the agent's belongs to.
const CATEGORY: &str = "System";
/// Between two looks at whether the logs are collected.
const PAUSE: Duration = Duration::from_secs(1);
/// What is kept of the time of the run for fetching and taking away.
const REST: Duration = Duration::from_secs(3);
/// With less than this left nothing is begun.
const LEAST: Duration = Duration::from_secs(8);
/// Times in whole seconds, of two clocks that agree.
pub(super) const CLOCKS: SignedDuration = SignedDuration::from_secs(2);

/// Where they are made.
pub const DIAGNOSTICS: &str = "/apis/eks.amazonaws.com/v1alpha1/nodediagnostics";

/// A collection on one node.
pub(super) struct Collection<'a> {
    /// The run.
    pub session: &'a Session,
    /// The node.
    pub node: &'a str,
}

impl Collection<'_> {
    /// Makes a `NodeDiagnostic`, waits until the node has collected its logs, and deletes it again.
    pub async fn collect(&self, side_effects: &mut Vec<String>) -> Result<(), Gap> {
        if self.left() < LEAST {
            return Err(late("this run has no time left to have the node collect its logs"));
        }
        self.demand_rights().await?;
        let (node, announce) = (self.node, &self.session.active.announce);
        announce.warn(&format!(
            "makes NodeDiagnostic {node}, by which the node collects its system logs, and deletes it again; files with them stay on the node, the archive for about ten minutes"
        ));
        let path = format!("{DIAGNOSTICS}/{}", encode(node));
        let leftovers = &self.session.active.leftovers;
        let run = probe::name_of_own();
        // It is made note of before it is there: an answer that is lost is no reason to leave it.
        leftovers.add(Made {
            client: self.session.kubernetes.clone(),
            path: path.clone(),
            name: node.to_owned(),
            what: format!("NodeDiagnostic {node}"),
            otherwise: format!("kubectl delete nodediagnostics.eks.amazonaws.com {node} takes it away"),
            known_by: KnownBy::Label(RUN_LABEL, run.clone()),
        });
        let made = self.session.kubernetes.post::<Diagnostic>(DIAGNOSTICS, &diagnostic(node, &run)).await;
        // A path of a group that is not there is not found in words that are no object of the API.
        let is_refusal =
            |error: &KubernetesError| error.is_refusal() || matches!(error, KubernetesError::Foreign { code: 404, .. });
        let collected = match made {
            Err(error) if is_refusal(&error) => {
                leftovers.forget(&path);
                return Err(self.refused(&error));
            }
            Err(error) => Err(self.refused(&error)),
            Ok(made) => {
                leftovers.identify(&path, &made.metadata.uid);
                self.wait(&path, &made.metadata).await
            }
        };
        let perhaps = if collected.is_ok() { "" } else { "perhaps " };
        side_effects.push(format!("{perhaps}files with the system logs of node {node}, on the node itself"));
        if let Some(stays) = leftovers.remove(&path).await {
            announce.warn(&stays);
            side_effects.push(stays);
        }
        collected
    }

    /// How much of the run is left.
    fn left(&self) -> Duration {
        self.session.run.deadline.saturating_duration_since(Instant::now())
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
            "the kubelet of the node printed no log of the agent, and this user may not {}, as the API server says",
            missing.join(" or ")
        );
        Err(Gap::new(Source::NodeLog, GapReason::Denied, detail).because(GapKind::RightsMissing(missing)))
    }

    fn refused(&self, error: &KubernetesError) -> Gap {
        let code = match error {
            KubernetesError::Foreign { code, .. } => Some(*code),
            error => error.status().map(|status| status.code),
        };
        match code {
            Some(404) => insufficient(
                "the kubelet of the node printed no log of the agent, and the cluster has no NodeDiagnostic of eks.amazonaws.com",
            ),
            Some(409) => insufficient(&format!(
                "there is a NodeDiagnostic {} already, which this run did not make and does not touch",
                self.node
            )),
            _ if error.is_forbidden() => denied(error, &["create nodediagnostics"]),
            _ => gap::of_kubernetes(Source::NodeLog, error),
        }
    }

    /// Waits until the node says that it has collected for this very object.
    ///
    /// A node that still collects for one that was deleted writes its end into the next of the same name: the beginning tells.
    async fn wait(&self, path: &str, made: &Metadata) -> Result<(), Gap> {
        let end = Instant::now() + self.left().saturating_sub(REST);
        let mut running = None;
        loop {
            let found = self.session.kubernetes.get::<Diagnostic>(path).await;
            let found = found.map_err(|error| gap::of_kubernetes(Source::NodeLog, &error))?;
            if found.metadata.uid != made.uid {
                return Err(insufficient("the NodeDiagnostic of this run was replaced by another"));
            }
            let of_logs = found.status.capture_statuses.into_iter().find(|one| one.kind == "Log").map(|one| one.state);
            let state = of_logs.unwrap_or_default();
            running = state.running.map(|running| running.started_at).or(running);
            let is_own = |completed: &Completed| {
                running == Some(completed.started_at)
                    || made.creation_timestamp.is_none_or(|created| completed.started_at + CLOCKS >= created)
            };
            if let Some(completed) = state.completed.filter(is_own) {
                return match completed.reason.as_str() {
                    "Success" | "SuccessWithErrors" => Ok(()),
                    _ => Err(insufficient(&format!("the node could not collect its logs: {}", completed.message))),
                };
            }
            if Instant::now() + PAUSE >= end {
                return Err(late("the node had not collected its logs by then"));
            }
            sleep(PAUSE).await;
        }
    }
}

/// The gap of what is not there.
pub(super) fn insufficient(detail: &str) -> Gap {
    Gap::new(Source::NodeLog, GapReason::Insufficient, ForeignText::new(detail))
}

fn late(what: &str) -> Gap {
    let detail = format!("{what}: a longer --timeout, such as 3m, waits for it");
    Gap::new(Source::NodeLog, GapReason::TimedOut, detail)
}

/// The gap of a refusal, with the rights that are missing.
pub(super) fn denied(error: &KubernetesError, rights: &[&str]) -> Gap {
    let rights = rights.iter().map(|right| (*right).to_owned()).collect();
    gap::of_kubernetes(Source::NodeLog, error).because(GapKind::RightsMissing(rights))
}

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

/// A `NodeDiagnostic`, as far as it says what became of it.
#[derive(Deserialize)]
struct Diagnostic {
    metadata: Metadata,
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

#[derive(Deserialize, Default)]
#[serde(default)]
struct CaptureState {
    running: Option<Running>,
    completed: Option<Completed>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Running {
    started_at: Timestamp,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Completed {
    started_at: Timestamp,
    reason: String,
    #[serde(default)]
    message: String,
}
