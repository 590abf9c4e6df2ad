//! One request over the network, within the agent's time limits, with failures in the words of Go's HTTP client.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{CertificateError, ClientConfig, Error as TlsError, RootCertStore};

use super::names::Names;
use crate::webhook::certificates;

/// How long a connection may take.
const DIAL: Duration = Duration::from_millis(500);
/// How long all of it may take.
const TOTAL: Duration = Duration::from_secs(1);

/// The network as the agent sees it.
#[derive(Debug, Clone)]
pub struct Network {
    /// How names become addresses.
    pub names: Names,
    /// The certificate authorities that are trusted, in PEM.
    pub authorities: String,
}

/// A request.
#[derive(Debug, Clone)]
pub struct Ask {
    /// `GET`, `POST`, `PUT`.
    pub method: &'static str,
    /// Scheme, host, perhaps a port, and path.
    pub url: String,
    /// The headers, without the host.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

/// A whole answer.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The headers; names are in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

impl Answer {
    /// Gives a header, or nothing in particular.
    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(found, _)| found == name).map_or("", |(_, value)| value)
    }
}

/// Why there was no answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Silence {
    /// Go's words: `Post "http://…": dial tcp …`.
    pub words: String,
    /// Whether the SDK tries again.
    pub is_retried: bool,
}

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

impl Network {
    /// Asks once.
    pub async fn ask(&self, ask: &Ask) -> Result<Answer, Silence> {
        let late = "context deadline exceeded (Client.Timeout exceeded while awaiting headers)";
        let answer = timeout(TOTAL, self.converse(ask)).await;
        answer.unwrap_or_else(|_elapsed| Err(retried(late))).map_err(|silence| {
            let method = ask.method[..1].to_owned() + &ask.method[1..].to_lowercase();
            Silence { words: format!("{method} {:?}: {}", ask.url, silence.words), ..silence }
        })
    }

    async fn converse(&self, ask: &Ask) -> Result<Answer, Silence> {
        let (scheme, rest) = ask.url.split_once("://").ok_or_else(|| retried("unsupported protocol scheme"))?;
        let (authority, path) = rest.find('/').map_or((rest, "/"), |at| rest.split_at(at));
        let is_secure = scheme == "https";
        let (host, port) = place(authority, if is_secure { 443 } else { 80 });
        let address = SocketAddr::new(self.names.look_up(host).await?, port);
        let stream = dial(address).await?;
        let stream: Box<dyn Stream> = if is_secure { self.secure(stream, host).await? } else { Box::new(stream) };
        send(stream, authority, path, ask).await.map_err(|error| retried(&error))
    }

    async fn secure(&self, stream: TcpStream, host: &str) -> Result<Box<dyn Stream>, Silence> {
        let config = trusting(&self.authorities).map_err(|error| retried(&error))?;
        let name = ServerName::try_from(host.to_owned()).map_err(|error| retried(&error.to_string()))?;
        let connector = TlsConnector::from(Arc::new(config));
        let stream = connector.connect(name, stream).await.map_err(|error| retried(&tls_words(&error, host)))?;
        Ok(Box::new(stream))
    }
}

/// Splits host and port; brackets of IPv6 fall away.
fn place(authority: &str, usual: u16) -> (&str, u16) {
    let split = authority.rsplit_once(':').filter(|(_, port)| !port.contains(']'));
    let (host, port) = split.and_then(|(host, port)| Some((host, port.parse().ok()?))).unwrap_or((authority, usual));
    (host.trim_start_matches('[').trim_end_matches(']'), port)
}

async fn dial(address: SocketAddr) -> Result<TcpStream, Silence> {
    let stream = match timeout(DIAL, TcpStream::connect(address)).await {
        Ok(stream) => stream.map_err(|error| format!("connect: {}", words_of(&error))),
        Err(_elapsed) => Err("i/o timeout".to_owned()),
    };
    stream.map_err(|words| retried(&format!("dial tcp {address}: {words}")))
}

async fn send(stream: Box<dyn Stream>, authority: &str, path: &str, ask: &Ask) -> Result<Answer, String> {
    let eof = |_| "EOF".to_owned();
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(eof)?;
    let mut request = hyper::Request::builder().method(ask.method).uri(path).header("host", authority);
    for (name, value) in &ask.headers {
        request = request.header(name, value);
    }
    let request = request.body(Full::new(Bytes::from(ask.body.clone()))).map_err(|error| error.to_string())?;
    let work = async {
        let response = sender.send_request(request).await.map_err(eof)?;
        let headers = response.headers().iter();
        let headers =
            headers.map(|(n, v)| (n.to_string(), String::from_utf8_lossy(v.as_bytes()).into_owned())).collect();
        let status = response.status().as_u16();
        let body = response.into_body().collect().await.map_err(|_| "unexpected EOF".to_owned())?.to_bytes();
        Ok(Answer { status, headers, body: String::from_utf8_lossy(&body).into_owned() })
    };
    let mut work = std::pin::pin!(work);
    let mut connection = std::pin::pin!(connection);
    tokio::select! {
        answer = &mut work => answer,
        // The connection is over, and what it brought may still have to be taken.
        _ = &mut connection => work.await,
    }
}

fn trusting(authorities: &str) -> Result<ClientConfig, String> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(authorities)? {
        roots.add(certificate).map_err(|error| error.to_string())?;
    }
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let builder = builder.with_safe_default_protocol_versions().map_err(|error| error.to_string())?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

fn tls_words(error: &io::Error, host: &str) -> String {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<TlsError>());
    let words = match inner {
        Some(TlsError::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        )) => {
            format!("x509: certificate is valid for another name, not {host}")
        }
        Some(TlsError::InvalidCertificate(CertificateError::Expired | CertificateError::ExpiredContext { .. })) => {
            "x509: certificate has expired or is not yet valid".to_owned()
        }
        Some(TlsError::InvalidCertificate(_)) => "x509: certificate signed by unknown authority".to_owned(),
        _ => return words_of(error),
    };
    format!("tls: failed to verify certificate: {words}")
}

/// Go's words for what the system says.
pub fn words_of(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => "connection refused".to_owned(),
        io::ErrorKind::NetworkUnreachable => "network is unreachable".to_owned(),
        io::ErrorKind::HostUnreachable => "no route to host".to_owned(),
        io::ErrorKind::AddrInUse => "address already in use".to_owned(),
        io::ErrorKind::AddrNotAvailable => "cannot assign requested address".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::UnexpectedEof => "EOF".to_owned(),
        io::ErrorKind::ConnectionReset => "connection reset by peer".to_owned(),
        _ => error.to_string(),
    }
}

fn retried(words: &str) -> Silence {
    Silence { words: words.to_owned(), is_retried: true }
}

/// Reads an address, with or without brackets.
pub fn literal(host: &str) -> Option<IpAddr> {
    host.trim_start_matches('[').trim_end_matches(']').parse().ok()
}
