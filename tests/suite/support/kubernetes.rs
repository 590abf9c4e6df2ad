//! A Kubernetes API on loopback, over TLS: objects by path, lists with selectors and pages, typed refusals, faults, a log.

mod dry_run;
pub mod every_node;
mod fault;
mod many;
pub mod node_logs;
mod objects;
mod record;
mod role;
mod selector;
pub mod status;
pub mod token;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use podid_doubles::http::{self, Answer, Handler, Request, Response};
use podid_doubles::weather::Weather;
use podid_doubles::webhook::Certificate;
use serde_json::{Value, json};

pub use fault::{Fault, Kind};
pub use many::Many;
pub use objects::{Objects, path_of};
pub use record::Recorded;

use super::case::merge;
use podid_doubles::request_log::Log;

/// The server; it ends when this is dropped.
pub struct Kubernetes {
    http: http::Server,
    shared: Arc<Shared>,
    /// The certificate a client has to trust, PEM.
    pub authority: String,
}

/// What all connections share.
#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    log: Log<Recorded>,
}

#[derive(Default)]
struct State {
    objects: Objects,
    faults: Vec<Fault>,
    /// Lists that are made page by page.
    many: Vec<Many>,
    latency: Duration,
    /// The `Date` of each answer.
    date: String,
    /// Values of `Authorization` that are let in; one that ends in `*` is a beginning.
    logins: Vec<String>,
    /// What the user may read: manifests of roles; none for everything.
    roles: Option<Value>,
    dry_run: dry_run::DryRun,
    node_logs: node_logs::NodeLogs,
    every_node: every_node::EveryNode,
}

impl Kubernetes {
    /// Starts with these objects, on a free port. `date` is its clock, in the form of the header.
    pub fn start(objects: Objects, date: &str, token: &str) -> Self {
        let certificate = Certificate::make().expect("a certificate");
        let state =
            State { objects, date: date.to_owned(), logins: vec![format!("Bearer {token}")], ..State::default() };
        let shared = Arc::new(Shared { state: Mutex::new(state), log: Log::default() });
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let tls = certificate.server().expect("a TLS configuration");
        let http = http::Server::start(address, Some(tls), Arc::clone(&shared)).expect("a free port");
        Self { http, shared, authority: certificate.certificate }
    }

    /// The address for a kubeconfig.
    pub fn url(&self) -> String {
        format!("https://{}", self.http.address())
    }

    /// What befalls its answers.
    pub fn weather(&self) -> &Weather {
        self.http.weather()
    }

    /// Adds an object, or puts it in the place of the one of this name.
    pub fn put(&self, object: Value) {
        self.shared.state().objects.put(object);
    }

    /// Serves a document at a path that is no object's.
    pub fn serve(&self, path: &str, document: Value) {
        self.shared.state().objects.serve(path, document);
    }

    /// Serves a list that is made page by page.
    pub fn serve_many(&self, many: Many) {
        self.shared.state().many.push(many);
    }

    /// Takes an object away.
    pub fn remove(&self, path: &str) {
        self.shared.state().objects.remove(path);
    }

    /// Changes an object by a merge patch.
    pub fn patch(&self, path: &str, change: &Value) {
        let mut state = self.shared.state();
        let object = state.objects.get_mut(path).unwrap_or_else(|| panic!("there is no {path}"));
        merge(object, change);
    }

    /// The object at a path.
    pub fn object(&self, path: &str) -> Value {
        self.shared.state().objects.get(path).cloned().unwrap_or_else(|| panic!("there is no {path}"))
    }

    /// Adds a fault behind those that are there.
    pub fn fault(&self, path: &str, kind: Kind) {
        self.shared.state().faults.push(Fault::on(path, kind));
    }

    /// Adds a fault that befalls so many requests.
    pub fn fault_times(&self, path: &str, kind: Kind, times: u32) {
        self.shared.state().faults.push(Fault { times: Some(times), ..Fault::on(path, kind) });
    }

    /// Makes each answer come so much later.
    pub fn set_latency(&self, latency: Duration) {
        self.shared.state().latency = latency;
    }

    /// Lets another `Authorization` in; one that ends in `*` is a beginning.
    pub fn let_in(&self, authorization: &str) {
        self.shared.state().logins.push(authorization.to_owned());
    }

    /// Lets the user read what these manifests of roles allow, and nothing else.
    pub fn allow_only(&self, roles: Value) {
        self.shared.state().roles = Some(roles);
    }

    /// Answers dry-runs of new pods with these, one after the other and then the last again; `None` is a pod with its
    /// variables.
    pub fn answer_dry_runs(&self, answers: Vec<Option<Response>>) {
        self.shared.state().dry_run.plays(answers);
    }

    /// All requests so far, in the order they came.
    pub fn requests(&self) -> Vec<Recorded> {
        self.shared.log.all()
    }

    /// Plays a pod on every node.
    pub fn play_every_node(&self, every_node: every_node::EveryNode) {
        self.shared.state().every_node = every_node;
    }

    /// What became of the daemon sets.
    pub fn every_node(&self) -> every_node::EveryNode {
        self.shared.state().every_node.clone()
    }

    /// Plays what a node says of its logs.
    pub fn play_node_logs(&self, logs: node_logs::NodeLogs) {
        self.shared.state().node_logs = logs;
    }

    /// What became of it.
    pub fn node_logs(&self) -> node_logs::NodeLogs {
        self.shared.state().node_logs.clone()
    }

    /// Forgets all requests so far.
    pub fn forget_requests(&self) {
        self.shared.log.clear();
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The fault of a request, the latency, and the right answer.
    fn play(&self, request: &Request) -> (Option<Kind>, Duration, Response) {
        let mut state = self.state();
        let fault = fault::take(&mut state.faults, request);
        let response = state.answer(request).with_header("date", &state.date);
        (fault, state.latency, response)
    }
}

impl Handler for Shared {
    async fn answer(&self, request: Request) -> Answer {
        let mut open = self.log.begin(|number| Recorded::of(&request, number));
        if let Some(report) = self.state().every_node.attached(&request) {
            return Answer::Attached(report);
        }
        let (fault, latency, response) = self.play(&request);
        if !latency.is_zero() {
            tokio::time::sleep(latency).await;
        }
        let answer = match fault {
            None => Answer::Whole(response),
            Some(kind) => kind.spoil(&request, response),
        };
        match &answer {
            Answer::Whole(response) | Answer::Half(response) | Answer::Trickle(response) => {
                open.status = Some(response.status);
            }
            Answer::Cut | Answer::Attached(_) => {}
            // The request ends when the client gives up.
            Answer::Hang => std::future::pending().await,
        }
        answer
    }
}

impl State {
    fn answer(&mut self, request: &Request) -> Response {
        let login = request.header("authorization").unwrap_or_default();
        let fits = |known: &String| known.strip_suffix('*').map_or(known == login, |start| login.starts_with(start));
        if !self.logins.iter().any(fits) {
            return status::unauthorized();
        }
        if request.method == "POST" && request.path == role::REVIEWS {
            return Response::json(201, &role::review(self.roles.as_ref(), &request.body));
        }
        if request.method == "POST" && request.parameter("dryRun") == Some("All") {
            return self.dry_run.answer(request, self.roles.as_ref());
        }
        if request.method == "POST"
            && let Some(answer) = token::answer(request, self.roles.as_ref())
        {
            return answer;
        }
        if let Some(answer) = self.every_node.answer(request) {
            return answer;
        }
        if let Some(answer) = self.node_logs.answer(request, self.roles.as_ref()) {
            return answer;
        }
        if request.method != "GET" {
            return status::method_not_allowed();
        }
        if self.roles.as_ref().is_some_and(|roles| !role::allow(roles, &request.path)) {
            return status::forbidden(&request.path);
        }
        if let Some(many) = self.many.iter().find(|many| many.path == request.path) {
            return many.page(request);
        }
        if let Some(object) = self.objects.get(&request.path) {
            return match object {
                Value::String(text) => Response::new(200, "text/plain", text.as_str()),
                object => Response::json(200, object),
            };
        }
        match objects::Collection::read(&request.path) {
            Some(collection) => self.list(request, &collection),
            None => status::not_found(&request.path),
        }
    }

    fn list(&self, request: &Request, collection: &objects::Collection) -> Response {
        let mut items = self.objects.of(collection);
        if let Some(wanted) = request.parameter("labelSelector") {
            let Some(selector) = selector::read(wanted) else { return status::bad_selector(wanted) };
            items.retain(|object| selector::matches(&selector, object));
        }
        if let Some(wanted) = request.parameter("fieldSelector") {
            items.retain(|object| selector::matches_fields(wanted, object));
        }
        let from: usize = request.parameter("continue").and_then(|token| token.parse().ok()).unwrap_or(0);
        let limit = request.parameter("limit").and_then(|limit| limit.parse().ok()).filter(|limit| *limit > 0);
        let until = limit.map_or(items.len(), |limit: usize| items.len().min(from + limit));
        let mut metadata = json!({ "resourceVersion": "4711" });
        if until < items.len() {
            metadata["continue"] = json!(until.to_string());
            metadata["remainingItemCount"] = json!(items.len() - until);
        }
        let page: Vec<Value> =
            items[from.min(until)..until].iter().map(|object| objects::without_type(object)).collect();
        let document = json!({
            "kind": format!("{}List", collection.kind), "apiVersion": collection.api_version,
            "metadata": metadata, "items": page,
        });
        Response::json(200, &document)
    }
}
