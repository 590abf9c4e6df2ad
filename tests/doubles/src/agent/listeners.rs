//! The agent's addresses and ports: credentials, probes and metrics. A listener that cannot be bound ends it.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::log::{Fields, Level};
use super::names::Names;
use super::network::{Ask, Network, literal, words_of};
use super::renewal;
use super::service::{Service, plain};
use super::settings::Settings;
use crate::http::{Answer, Handler, Request, Response, Server};

/// The agent's servers; they end when this is dropped.
#[derive(Debug)]
pub struct Listeners {
    /// One for each address that gives credentials.
    pub credentials: Vec<Server>,
    /// The probes of the node itself.
    pub probes: Server,
    /// The metrics, with the probes again.
    pub metrics: Server,
}

impl Listeners {
    /// Binds all. Fails with the words of Go.
    pub fn bind(settings: &Settings, service: &Arc<Service>) -> Result<Listeners, String> {
        let counted =
            Arc::new(Counted { service: Arc::clone(service), codes: Mutex::default(), failed: AtomicU64::new(0) });
        let hosts = settings.hosts.iter();
        let credentials: Vec<Server> =
            hosts.map(|host| listen(host, settings.port, Arc::clone(&counted))).collect::<Result<_, _>>()?;
        let asked = credentials.iter().map(Server::address).collect();
        let probes = Arc::new(Probes { service: Arc::clone(service), asked, counted });
        Ok(Listeners {
            probes: listen("127.0.0.1", settings.probe_port, Arc::clone(&probes))?,
            metrics: listen(&settings.metrics.0, settings.metrics.1, probes)?,
            credentials,
        })
    }

    /// Begins to renew, and waits for ever.
    pub fn serve(self, service: &Arc<Service>) -> io::Result<()> {
        renewal::start(Arc::clone(service))?;
        self.metrics.wait();
        Ok(())
    }
}

fn listen<H: Handler>(host: &str, port: u16, handler: Arc<H>) -> Result<Server, String> {
    let written = if host.contains(':') && !host.starts_with('[') {
        format!("[{host}]:{port}")
    } else {
        format!("{host}:{port}")
    };
    let address = literal(host).ok_or_else(|| format!("listen tcp: lookup {host}: no such host"))?;
    let bound = Server::start(SocketAddr::new(address, port), None, handler);
    bound.map_err(|error| format!("listen tcp {written}: bind: {}", words_of(&error)))
}

/// The service, with each answer counted.
#[derive(Debug)]
struct Counted {
    service: Arc<Service>,
    codes: Mutex<BTreeMap<u16, u64>>,
    failed: AtomicU64,
}

impl Handler for Counted {
    async fn answer(&self, request: Request) -> Answer {
        let answer = self.service.answer(request).await;
        if let Answer::Whole(response) = &answer {
            *self.codes.lock().unwrap_or_else(PoisonError::into_inner).entry(response.status).or_default() += 1;
            self.failed.fetch_add(u64::from(response.status >= 400 && response.status != 404), Ordering::Relaxed);
        }
        answer
    }
}

/// Ready is who answers 404 on every address; EKS Auth is never asked.
#[derive(Debug)]
struct Probes {
    service: Arc<Service>,
    asked: Vec<SocketAddr>,
    counted: Arc<Counted>,
}

impl Probes {
    async fn probe(&self) -> Response {
        let network = Network { names: Names::system(), authorities: String::new() };
        for address in &self.asked {
            let ask =
                Ask { method: "GET", url: format!("http://{address}/"), headers: Vec::new(), body: String::new() };
            let words = match network.ask(&ask).await {
                Ok(answer) if answer.status == 404 => continue,
                Ok(answer) => format!("unexpected status {}", answer.status),
                Err(silence) => silence.words,
            };
            self.service.log.write(Level::Warning, &Fields::new(), &format!("Failed probe: {words}"));
            if words.contains("deadline exceeded") || words.contains("timeout") {
                return plain(408, "Request Timeout");
            }
            return plain(500, "Internal Server Error occurred");
        }
        Response::new(200, "text/plain; charset=utf-8", "")
    }

    fn metrics(&self) -> Response {
        let codes = self.counted.codes.lock().unwrap_or_else(PoisonError::into_inner);
        let mut text = "# TYPE pod_identity_http_response counter\n".to_owned();
        for (code, count) in codes.iter() {
            text.push_str(&format!("pod_identity_http_response{{code=\"{code}\"}} {count}\n"));
        }
        let failed = self.counted.failed.load(Ordering::Relaxed);
        text.push_str(&format!("# TYPE pod_identity_cache_errors counter\npod_identity_cache_errors {failed}\n"));
        Response::new(200, "text/plain; version=0.0.4; charset=utf-8", text)
    }
}

impl Handler for Probes {
    async fn answer(&self, request: Request) -> Answer {
        Answer::Whole(match request.path.as_str() {
            "/readyz" | "/healthz" => self.probe().await,
            "/metrics" => self.metrics(),
            _ => plain(404, "404 page not found"),
        })
    }
}
