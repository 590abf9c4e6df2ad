//! One server that speaks HTTP and JSON, asked one thing after the other: the API server, or the played AWS.

use std::time::{Duration, Instant};

use http::Request;
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

/// How long anything in the cluster may take to come about.
const PATIENCE: Duration = Duration::from_secs(30);

/// A server and the right to ask it.
pub struct Api {
    runtime: Runtime,
    client: Client,
}

impl Api {
    /// The API server, with all rights.
    pub fn kubernetes() -> Self {
        let path = std::env::var("KUBECONFIG").expect("run by scripts/cluster test");
        let kubeconfig = Kubeconfig::read_from(path).expect("the administrator's kubeconfig file");
        Self::new(async move {
            Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await.expect("a configuration")
        })
    }

    /// A server without TLS.
    pub fn plain(url: &str) -> Self {
        let config = Config::new(url.parse().expect("an URL"));
        Self::new(async { config })
    }

    fn new(config: impl Future<Output = Config>) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let client = runtime.block_on(async { Client::try_from(config.await) }).expect("a client");
        Self { runtime, client }
    }

    /// Sends a request; the error has the status, where there was an answer.
    pub fn send(&self, request: Request<Vec<u8>>) -> Result<Value, (Option<u16>, String)> {
        self.runtime.block_on(self.client.request::<Value>(request)).map_err(|error| match error {
            kube::Error::Api(status) => (Some(status.code), format!("{}: {}", status.reason, status.message)),
            error => (None, error.to_string()),
        })
    }

    fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Value, (Option<u16>, String)> {
        let content_type = if method == "PATCH" { "application/merge-patch+json" } else { "application/json" };
        let request = Request::builder().method(method).uri(path).header("content-type", content_type);
        let body = body.map(|body| body.to_string().into_bytes()).unwrap_or_default();
        self.send(request.body(body).expect("a request"))
    }

    /// Gets what is there; `None` for 404.
    pub fn find(&self, path: &str) -> Option<Value> {
        match self.ask("GET", path, None) {
            Ok(value) => Some(value),
            Err((Some(404), _)) => None,
            Err((_, error)) => panic!("GET {path}: {error}"),
        }
    }

    /// Gets what must be there.
    pub fn get(&self, path: &str) -> Value {
        self.find(path).unwrap_or_else(|| panic!("GET {path}: not there"))
    }

    /// Gets text; empty while there is none.
    pub fn text(&self, path: &str) -> String {
        let request = Request::get(path).body(Vec::new()).expect("a request");
        self.runtime.block_on(self.client.request_text(request)).unwrap_or_default()
    }

    /// Deletes and lets a kubelet end what runs, within so many seconds; what is not there is fine.
    pub fn end(&self, path: &str, seconds: u32) {
        let options = json!({ "gracePeriodSeconds": seconds });
        match self.ask("DELETE", path, Some(&options)) {
            Ok(_) | Err((Some(404), _)) => {}
            Err((_, error)) => panic!("DELETE {path}: {error}"),
        }
    }

    /// Deletes at once, or says why not.
    pub fn try_delete(&self, path: &str) -> Result<Value, String> {
        self.ask("DELETE", path, Some(&json!({ "gracePeriodSeconds": 0 }))).map_err(|(_, error)| error)
    }

    /// Gets the items of a list.
    pub fn list(&self, path: &str) -> Vec<Value> {
        self.get(path)["items"].as_array().cloned().unwrap_or_default()
    }

    /// Makes something, or says why not.
    pub fn try_create(&self, path: &str, body: &Value) -> Result<Value, String> {
        self.ask("POST", path, Some(body)).map_err(|(_, error)| error)
    }

    /// Makes something.
    pub fn create(&self, path: &str, body: &Value) -> Value {
        self.try_create(path, body).unwrap_or_else(|error| panic!("POST {path}: {error}\n{body}"))
    }

    /// Changes something by a merge patch.
    pub fn patch(&self, path: &str, body: &Value) -> Value {
        self.ask("PATCH", path, Some(body)).unwrap_or_else(|(_, error)| panic!("PATCH {path}: {error}\n{body}"))
    }

    /// Deletes at once, without waiting for a kubelet; what is not there is fine.
    pub fn delete(&self, path: &str) {
        let options = json!({ "gracePeriodSeconds": 0, "propagationPolicy": "Background" });
        match self.ask("DELETE", path, Some(&options)) {
            Ok(_) | Err((Some(404), _)) => {}
            Err((_, error)) => panic!("DELETE {path}: {error}"),
        }
    }
}

/// Waits until there is an answer.
pub fn eventually<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + PATIENCE;
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(Instant::now() < end, "not in time: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Applies an RFC 7386 merge patch: `null` removes, objects are merged, all else is replaced.
pub fn merged(mut value: Value, patch: Value) -> Value {
    match (&mut value, patch) {
        (Value::Object(members), Value::Object(patch)) => {
            for (name, change) in patch {
                let old = members.remove(&name).unwrap_or_default();
                if !change.is_null() {
                    members.insert(name, merged(old, change));
                }
            }
            value
        }
        (_, patch @ Value::Object(_)) => merged(json!({}), patch),
        (_, patch) => patch,
    }
}
