//! The log of an Auto Mode node: from the real kubelet by its log query, or out of what the node collects for a `NodeDiagnostic` of the
//! real API server. The label makes the node one of Auto Mode; the agent that serves it stays the same.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use crate::least_privilege::stage::{manifests, printed};
use crate::support::api::Api;
use crate::support::node_agent;
use crate::support::real_node::{NodeScene, node};
use crate::support::report::Report;
use crate::support::rights::Manifests;
use crate::support::run::Outcome;

const DIAGNOSTICS: &str = "/apis/eks.amazonaws.com/v1alpha1/nodediagnostics";

/// The node as one of Auto Mode, until this is dropped.
struct AutoMode<'a>(&'a Api);

impl<'a> AutoMode<'a> {
    fn begin(api: &'a Api) -> Self {
        let one = Self(api);
        one.label(json!("auto"));
        one
    }

    fn label(&self, value: Value) {
        let labels = json!({ "eks.amazonaws.com/compute-type": value });
        self.0.patch(&format!("/api/v1/nodes/{}", node()), &json!({ "metadata": { "labels": labels } }));
    }
}

impl Drop for AutoMode<'_> {
    fn drop(&mut self) {
        self.label(Value::Null);
        std::fs::remove_file(switch()).ok();
    }
}

/// The file that gives the journal a unit of the agent.
fn switch() -> PathBuf {
    Path::new(&std::env::var("PODID_CLUSTER_STATE").expect("run by scripts/cluster test")).join("node/queries")
}

/// The node's monitoring agent, as far as it collects logs; it ends when this is dropped.
struct Monitor {
    ends: Arc<AtomicBool>,
    thread: Option<JoinHandle<Option<Value>>>,
}

impl Monitor {
    fn start() -> Self {
        let ends = Arc::new(AtomicBool::new(false));
        let own = Arc::clone(&ends);
        let thread = std::thread::spawn(move || {
            let api = Api::kubernetes();
            let path = format!("{DIAGNOSTICS}/{}", node());
            while !own.load(Ordering::Relaxed) {
                if let Some(made) = api.find(&path) {
                    let time = jiff::Timestamp::now().to_string();
                    collect(&node_agent::log(&api));
                    let completed =
                        json!({ "reason": "Success", "message": "saved", "startedAt": time, "finishedAt": time });
                    let status = json!({ "captureStatuses": [{ "type": "Log", "state": { "completed": completed } }] });
                    api.patch(&format!("{path}/status"), &json!({ "status": status }));
                    return Some(made);
                }
                std::thread::sleep(Duration::from_millis(50));
            }
            None
        });
        Self { ends, thread: Some(thread) }
    }

    /// The object that it worked for.
    fn worked_for(mut self) -> Option<Value> {
        self.ends.store(true, Ordering::Relaxed);
        self.thread.take().and_then(|thread| thread.join().ok()).flatten()
    }
}

/// Writes what is collected where the real kubelet serves files.
fn collect(log: &str) {
    std::fs::create_dir_all("/var/log/support").expect("a folder");
    let file = std::fs::File::create(format!("/var/log/support/{}-logs.tar.gz", node())).expect("a file");
    let prefix = "2026-11-20T14:05:00.123456+00:00 i-0123 eks-pod-identity-agent[77]: ";
    let lines: String = log.lines().flat_map(|line| [prefix, line, "\n"]).collect();
    let mut archive = tar::Builder::new(GzEncoder::new(file, Compression::fast()));
    let mut header = tar::Header::new_gnu();
    header.set_size(lines.len() as u64);
    header.set_mode(0o600);
    archive.append_data(&mut header, "automode/eks-pod-identity-agent.txt", lines.as_bytes()).expect("an entry");
    archive.into_inner().and_then(GzEncoder::finish).expect("an archive");
}

fn look(scene: &NodeScene, user: &str) -> (String, Report) {
    let outcome = scene.doctor(&["api", "--node-logs", "-o", "json"]).user(user).run();
    let said = outcome.stderr.clone();
    (said, Report::read(&Outcome { stderr: String::new(), ..outcome }))
}

/// A user who has what is printed for the switch, and nothing else.
fn holder(scene: &NodeScene) -> Manifests {
    let printed = printed(&["--level", "node-logs", "--for-namespace", &scene.namespace]);
    Manifests::apply(&scene.api, "auditor", manifests(&printed, "auditor"))
}

#[test]
fn the_kubelet_prints_what_the_agent_logged() {
    let scene = NodeScene::alone("node-log-query");
    scene.pod_that_asks(json!({}));
    let _auto = AutoMode::begin(&scene.api);
    std::fs::write(switch(), "").expect("a file");
    let before = scene.doctor(&["api"]).report();
    before
        .expect("healthy", 0, &[])
        .statuses(&[("PID640", "notApplicable"), ("PID680", "unknown")])
        .says("--node-logs");
    let rights = holder(&scene);
    let (said, report) = look(&scene, "auditor");
    rights.remove(&scene.api);
    assert!(!said.contains("NodeDiagnostic"), "{said}");
    report.expect("healthy", 0, &[]).statuses(&[("PID680", "passed"), ("PID690", "passed"), ("PID870", "passed")]);
    assert_eq!(report.check("PID690")["basis"], json!("observed"), "{report}");
}

#[test]
fn the_node_collects_its_logs() {
    let scene = NodeScene::alone("node-log-collected");
    scene.pod_that_asks(json!({}));
    let _auto = AutoMode::begin(&scene.api);
    let monitor = Monitor::start();
    let rights = holder(&scene);
    let (said, report) = look(&scene, "auditor");
    rights.remove(&scene.api);
    assert!(said.contains(&format!("makes NodeDiagnostic {}", node())), "{said}");
    report.expect("healthy", 0, &[]).statuses(&[("PID680", "passed"), ("PID690", "passed")]);
    let made = monitor.worked_for().expect("an object");
    assert_eq!(made["spec"]["logCapture"], json!({ "destination": "node", "categories": ["System"] }));
    assert_eq!(scene.api.find(&format!("{DIAGNOSTICS}/{}", node())), None, "it is deleted again");
    assert!(report.document["sideEffects"].to_string().contains("files with the system logs of node"), "{report}");
}

#[test]
fn an_interruption_leaves_no_object() {
    let scene = NodeScene::alone("node-log-interrupted");
    scene.pod(json!({}));
    let _auto = AutoMode::begin(&scene.api);
    // Nobody collects: the run waits, until its time is over.
    let outcome = scene.doctor(&["api", "--node-logs", "--timeout", "12s"]).run();
    assert_eq!(outcome.code, 3, "{outcome:?}");
    assert!(outcome.stdout.contains("a longer --timeout, such as 3m, waits for it"), "{outcome:?}");
    assert_eq!(scene.api.find(&format!("{DIAGNOSTICS}/{}", node())), None);
    // Somebody else's is not touched.
    scene.api.create(
        DIAGNOSTICS,
        &json!({ "apiVersion": "eks.amazonaws.com/v1alpha1", "kind": "NodeDiagnostic",
        "metadata": { "name": node() }, "spec": { "logCapture": { "destination": "node" } } }),
    );
    let outcome = scene.doctor(&["api", "--node-logs"]).run();
    assert!(outcome.stdout.contains("which this run did not make and does not touch"), "{outcome:?}");
    assert!(scene.api.find(&format!("{DIAGNOSTICS}/{}", node())).is_some());
    scene.api.delete(&format!("{DIAGNOSTICS}/{}", node()));
}
