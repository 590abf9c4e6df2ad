//! The kubelet of a scene's nodes, as far as the API server asks it for anything: the log of the agent.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use podid_doubles::http::{Answer, Handler, Request, Response, Server};
use podid_doubles::webhook::Certificate;
use serde_json::{Value, json};

/// The address that pods of tests have.
pub const POD_ADDRESS: &str = "10.0.1.23";

/// A kubelet in a thread of its own.
pub struct Kubelet {
    server: Server,
    log: Arc<Log>,
}

/// Lines of the agent.
#[derive(Default)]
struct Log(Mutex<Vec<Value>>);

impl Kubelet {
    /// Starts a kubelet whose agent runs and was asked for nothing.
    pub fn start() -> Self {
        let state = std::env::var("PODID_CLUSTER_STATE").expect("run by scripts/cluster test");
        let keys = Path::new(&state).join("pki");
        let certificate = Certificate::read(&keys.join("kubelet.crt"), &keys.join("kubelet.key"));
        let tls = certificate.and_then(|certificate| certificate.server()).expect("the kubelet's certificate");
        let log = Arc::new(Log::default());
        let address = "127.0.0.1:0".parse().expect("an address");
        let server = Server::start(address, Some(tls), Arc::clone(&log)).expect("a free port");
        let kubelet = Self { server, log };
        let an_hour_ago = Timestamp::now() - SignedDuration::from_hours(1);
        kubelet.logs(json!({ "level": "info", "msg": "Starting server...", "time": an_hour_ago.to_string() }));
        kubelet
    }

    /// What the status of a node says about it.
    pub fn endpoint(&self) -> Value {
        json!({
            "addresses": [{ "type": "InternalIP", "address": "127.0.0.1" }],
            "daemonEndpoints": { "kubeletEndpoint": { "Port": self.server.address().port() } },
        })
    }

    /// Lets the agent have logged just now, for a pod of these tests, what the real one was recorded to log in a case of
    /// `tests/recorded`; the session of its role is one of this role.
    pub fn replays(&self, case: &str, role: &str) {
        let text = include_str!("../../recorded/agent-0.1.37.json");
        let recorded: Value = serde_json::from_str(text).expect("the recording");
        let cases = recorded["cases"].as_array().into_iter().flatten();
        let case = cases.into_iter().find(|one| one["name"] == case).expect("a recorded case");
        for line in case["log"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            let line = line.replace("169.254.170.23:", &format!("{POD_ADDRESS}:"));
            let mut line: Value =
                serde_json::from_str(&line.replace("assumed-role/api/", &format!("assumed-role/{role}/")))
                    .expect("JSON");
            if matches!(line["level"].as_str(), Some("info" | "error")) {
                // Of the moment in which it was logged: on a slow machine a run may read it seconds after its own "now".
                line["time"] = json!(whole_seconds(Timestamp::now()));
                self.logs(line);
            }
        }
    }

    fn logs(&self, line: Value) {
        self.log.0.lock().unwrap_or_else(PoisonError::into_inner).push(line);
    }
}

impl Handler for Log {
    async fn answer(&self, request: Request) -> Answer {
        if !request.path.starts_with("/containerLogs/kube-system/eks-pod-identity-agent-") {
            return Answer::Whole(Response::new(404, "text/plain", "404 page not found\n"));
        }
        let lines = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let text: String = lines.iter().fold(String::new(), |text, line| text + &format!("{line}\n"));
        Answer::Whole(Response::new(200, "text/plain", text))
    }
}

fn whole_seconds(time: Timestamp) -> String {
    Timestamp::from_second(time.as_second()).expect("a time").to_string()
}
