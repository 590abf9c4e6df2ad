//! Listens, reads requests and does with the connection what the handler says.

use std::convert::Infallible;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::JoinHandle;

use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::oneshot;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;

use super::attach;
use super::body::{Outgoing, Pace};
use super::{Answer, Handler, Request, Response};
use crate::percent;
use crate::weather::Weather;

/// A server in a thread of its own; it ends when this is dropped.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
    weather: Arc<Weather>,
}

impl Server {
    /// Starts to listen on an address (port 0: any free one); with a configuration, over TLS. Needs no runtime.
    pub fn start<H: Handler>(
        address: SocketAddr,
        tls: Option<Arc<ServerConfig>>,
        handler: Arc<H>,
    ) -> io::Result<Server> {
        let listener = TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (stop, stopped) = oneshot::channel();
        let weather = Arc::new(Weather::default());
        let handler = Arc::new(Outside { handler, weather: Arc::clone(&weather) });
        let thread = std::thread::Builder::new().name("double".into()).spawn(move || {
            runtime.block_on(async {
                let Ok(listener) = tokio::net::TcpListener::from_std(listener) else {
                    return;
                };
                tokio::select! {
                    () = serve(listener, tls, handler) => {}
                    _ = stopped => {}
                }
            });
        })?;
        Ok(Server { address, stop: Some(stop), thread: Some(thread), weather })
    }

    /// Gives the address it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What befalls its answers.
    pub fn weather(&self) -> &Weather {
        &self.weather
    }

    /// Waits until the server ends, which it does not do by itself.
    pub fn wait(mut self) {
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            stop.send(()).ok();
        }
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}

/// A handler, and the weather between it and its client.
struct Outside<H> {
    handler: Arc<H>,
    weather: Arc<Weather>,
}

impl<H: Handler> Handler for Outside<H> {
    async fn answer(&self, request: Request) -> Answer {
        let answer = self.handler.answer(request.clone()).await;
        self.weather.befall(&request, answer)
    }
}

/// Serves a listener inside a runtime of the caller's; ends only when it is dropped.
pub async fn serve<H: Handler>(listener: tokio::net::TcpListener, tls: Option<Arc<ServerConfig>>, handler: Arc<H>) {
    let acceptor = tls.map(TlsAcceptor::from);
    loop {
        let Ok((stream, client)) = listener.accept().await else {
            continue;
        };
        stream.set_nodelay(true).ok();
        let (acceptor, handler) = (acceptor.clone(), Arc::clone(&handler));
        tokio::spawn(async move {
            match acceptor {
                None => converse(stream, client, handler).await,
                Some(acceptor) => {
                    if let Ok(stream) = acceptor.accept(stream).await {
                        converse(stream, client, handler).await;
                    }
                }
            }
        });
    }
}

async fn converse<S, H>(stream: S, client: SocketAddr, handler: Arc<H>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    H: Handler,
{
    let service = service_fn(move |request| respond(Arc::clone(&handler), client, request));
    // An error here is a client that hung up, or a cut that was asked for.
    hyper::server::conn::http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades()
        .await
        .ok();
}

async fn respond<H: Handler>(
    handler: Arc<H>,
    client: SocketAddr,
    mut request: hyper::Request<Incoming>,
) -> io::Result<hyper::Response<Outgoing>> {
    let upgrade = hyper::upgrade::on(&mut request);
    let request = read(client, request).await?;
    let key = request.header("sec-websocket-key").unwrap_or_default().to_owned();
    match handler.answer(request).await {
        Answer::Whole(response) => outgoing(response, Pace::Whole),
        Answer::Half(response) => outgoing(response, Pace::Half),
        Answer::Trickle(response) => outgoing(response, Pace::Trickle),
        Answer::Attached(printed) => attach::begin(upgrade, &key, printed),
        Answer::Cut => Err(io::ErrorKind::ConnectionAborted.into()),
        Answer::Hang => match std::future::pending::<Infallible>().await {},
    }
}

async fn read(client: SocketAddr, request: hyper::Request<Incoming>) -> io::Result<Request> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map_err(io::Error::other)?.to_bytes().to_vec();
    let headers = head.headers.iter();
    Ok(Request {
        client,
        method: head.method.to_string(),
        path: head.uri.path().to_owned(),
        query: percent::form(head.uri.query().unwrap_or_default()),
        headers: headers
            .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
            .collect(),
        body,
    })
}

fn outgoing(response: Response, pace: Pace) -> io::Result<hyper::Response<Outgoing>> {
    let mut builder = hyper::Response::builder().status(response.status);
    for (name, value) in &response.headers {
        builder = builder.header(name, value);
    }
    let body = Outgoing::new(response.body, pace);
    builder.body(body).map_err(io::Error::other)
}
