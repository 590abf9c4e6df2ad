//! Carries calls to the services and their answers back; holds the world, the faults and the log.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::call::{Call, Service};
use super::fault::{self, Fault, Kind};
use super::identities::Publisher;
use super::metadata::Metadata;
use super::record::Recorded;
use super::refusal::Refusal;
use super::state::State;
use super::wire::{self, Output};
use super::{authorize, cloud_trail, control, eks, eks_auth, iam, sts};
use crate::http::{self, Answer, Handler, Request, Response};
use crate::request_log::Log;
use crate::weather::Weather;
use crate::webhook::Certificate;

/// The played AWS; it ends when this is dropped.
#[derive(Debug)]
pub struct Server {
    http: http::Server,
    also: Vec<http::Server>,
    world: Arc<World>,
}

impl Server {
    /// Starts on a free port of the loopback address, in a thread of its own. Fails if an identities file cannot be written.
    pub fn start(state: State) -> io::Result<Server> {
        Server::start_on(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), state)
    }

    /// Starts on an address.
    pub fn start_on(address: SocketAddr, state: State) -> io::Result<Server> {
        let world = Arc::new(World::new(state)?);
        Ok(Server { http: http::Server::start(address, None, Arc::clone(&world))?, also: Vec::new(), world })
    }

    /// Listens on a further address, over TLS.
    pub fn listen(&mut self, address: SocketAddr, certificate: &Certificate) -> Result<SocketAddr, String> {
        let server = http::Server::start(address, Some(certificate.server()?), Arc::clone(&self.world));
        self.add(server, address)
    }

    /// Listens on a further address, as the metadata service of the instance.
    pub fn listen_as_metadata(&mut self, address: SocketAddr) -> Result<SocketAddr, String> {
        self.add(http::Server::start(address, None, Arc::new(Metadata(Arc::clone(&self.world)))), address)
    }

    fn add(&mut self, server: io::Result<http::Server>, address: SocketAddr) -> Result<SocketAddr, String> {
        let server = server.map_err(|error| format!("{address}: {error}"))?;
        let address = server.address();
        self.also.push(server);
        Ok(address)
    }

    /// Gives the URL for `AWS_ENDPOINT_URL`.
    pub fn url(&self) -> String {
        format!("http://{}", self.http.address())
    }

    /// What befalls its answers.
    pub fn weather(&self) -> &Weather {
        self.http.weather()
    }

    /// Gives a copy of the state as it is now.
    pub fn state(&self) -> State {
        self.world.state().clone()
    }

    /// Changes the state; identities files follow, after their propagation time. Fails if one cannot be written.
    pub fn change(&self, change: impl FnOnce(&mut State)) -> io::Result<()> {
        self.world.change(|state| {
            change(state);
            *state = std::mem::take(state).completed();
        })
    }

    /// Adds a fault behind those that are there.
    pub fn fault(&self, fault: Fault) {
        self.world.faults().push(fault);
    }

    /// Takes all faults away.
    pub fn clear_faults(&self) {
        self.world.faults().clear();
    }

    /// Gives all requests so far, in the order they came.
    pub fn requests(&self) -> Vec<Recorded> {
        self.world.log.all()
    }

    /// Forgets all requests so far.
    pub fn forget_requests(&self) {
        self.world.log.clear();
    }

    /// Makes each answer come so much later.
    pub fn set_latency(&self, latency: Duration) {
        self.world.set_latency(latency);
    }

    /// Waits until the server ends, which it does not do by itself.
    pub fn wait(self) {
        self.http.wait();
    }
}

/// What all connections share.
#[derive(Debug, Default)]
pub struct World {
    state: Mutex<State>,
    faults: Mutex<Vec<Fault>>,
    identities: Publisher,
    latency_millis: AtomicU64,
    /// The requests so far.
    pub log: Log<Recorded>,
}

impl World {
    fn new(state: State) -> io::Result<World> {
        let world = World { state: Mutex::new(state.completed()), ..World::default() };
        world.identities.publish(&world.state(), true)?;
        Ok(world)
    }

    /// Locks the state.
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Locks the faults.
    pub fn faults(&self) -> MutexGuard<'_, Vec<Fault>> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes each answer come so much later.
    pub fn set_latency(&self, latency: Duration) {
        self.latency_millis.store(u64::try_from(latency.as_millis()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// Changes the state and lets the identities files follow.
    pub fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> io::Result<T> {
        let mut state = self.state();
        let result = change(&mut state);
        self.identities.publish(&state, false)?;
        Ok(result)
    }

    fn play(&self, call: &Call) -> Response {
        let played = self.change(|state| play(state, call));
        let played = played
            .unwrap_or_else(|error| Err(Refusal::new(500, "ServerException", format!("identities file: {error}"))));
        match played {
            Ok(output) => wire::answer(call.service, &call.operation, output),
            Err(refusal) => wire::error(call.service, &refusal),
        }
    }

    fn denial(&self, call: &Call, message: Option<String>) -> Refusal {
        let state = self.state();
        let caller = call.access_key.as_ref().and_then(|id| state.access_keys.get(id));
        let (arn, account) = caller.map_or(("anonymous", ""), |key| (key.arn.as_str(), key.account.as_str()));
        let mut refusal = Refusal::denied(call, arn, &authorize::resource(&state, call, account));
        refusal.message = message.unwrap_or(refusal.message);
        refusal
    }

    fn spoil(&self, call: &Call, kind: Kind) -> Answer {
        let refusal = match kind {
            Kind::Hang => return Answer::Hang,
            Kind::Cut => return Answer::Cut,
            Kind::Half => return Answer::Half(self.play(call)),
            Kind::Delay { .. } => return Answer::Whole(self.play(call)),
            Kind::Garbage => {
                return Answer::Whole(Response::new(200, "application/json", "\u{1}<<<not what was asked for"));
            }
            Kind::Huge { bytes } => return Answer::Whole(huge(call.service, bytes)),
            Kind::Page { status, content_type, body } => {
                return Answer::Whole(Response::new(status, &content_type, body));
            }
            Kind::AccessDenied { message } => self.denial(call, message),
            Kind::Throttled => Refusal::throttled(call.service),
            Kind::ExpiredToken => Refusal::expired(call.service),
            Kind::UnknownKey => Refusal::unknown_key(call.service),
            Kind::Error { status, code, message } => Refusal::new(status, &code, message),
        };
        Answer::Whole(wire::error(call.service, &refusal))
    }
}

impl Handler for World {
    async fn answer(&self, request: Request) -> Answer {
        if let Some(path) = request.path.strip_prefix("/_control/") {
            return Answer::Whole(control::answer(self, path, &request));
        }
        let call = Call::read(&request);
        let mut open = self.log.begin(|number| Recorded::of(&call, number));
        let (delay, fault) = fault::take(&mut self.faults(), &call);
        let millis = delay + self.latency_millis.load(Ordering::Relaxed);
        if millis > 0 {
            tokio::time::sleep(Duration::from_millis(millis)).await;
        }
        let answer = match fault {
            None => Answer::Whole(self.play(&call)),
            Some(kind) => self.spoil(&call, kind),
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

fn play(state: &mut State, call: &Call) -> Result<Output, Refusal> {
    let caller = authorize::caller(state, call)?.clone();
    match call.service {
        Service::Eks => eks::answer(state, call, &caller.account).map(Output::Json),
        Service::EksAuth => {
            let answer = eks_auth::answer(state, call, &caller.account);
            cloud_trail::record(state, call, &caller, &answer);
            answer.map(Output::Json)
        }
        Service::CloudTrail => cloud_trail::answer(state, call).map(Output::Json),
        Service::Iam => iam::answer(state, call, &caller.account).map(Output::Xml),
        Service::Sts => sts::answer(state, call, &caller).map(Output::Xml),
    }
}

fn huge(service: Service, bytes: usize) -> Response {
    let padding = "x".repeat(bytes);
    if service.speaks_json() {
        return Response::new(200, "application/json", format!("{{\"padding\":\"{padding}\"}}"));
    }
    Response::new(200, "text/xml", format!("<padding>{padding}</padding>"))
}
