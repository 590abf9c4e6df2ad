//! One HTTP request over one connection, how it can fail, and what the agent answers to one.

use std::io;
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use serde::Deserialize;
use ureq::Agent;
use ureq::config::Config;
use ureq::http::Response;
use ureq::tls::{RootCerts, TlsConfig};
use ureq::unversioned::resolver::DefaultResolver;
use zeroize::Zeroizing;

use crate::evidence::asked::foreign_text::ForeignText;
use crate::evidence::asked::probe::{AgentAnswer, Clock, Connection, Failure, FailureKind};
use crate::probe::identity::Credentials;
use crate::probe::processes::FromOwnPort;
use crate::probe::token::Secret;

/// Where an SDK sends a token over plain HTTP: loopback, the address of ECS, and the two of EKS.
const ALLOWED: [&str; 3] = ["169.254.170.2", "169.254.170.23", "fd00:ec2::23"];

/// The address and port of an `http` URI, if it is one that an SDK would send a token to.
fn place(uri: &str) -> Option<SocketAddr> {
    let rest = uri.strip_prefix("http://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => {
            let (host, port) = rest.split_once(']')?;
            (host, port.strip_prefix(':'))
        }
        None => authority.split_once(':').map_or((authority, None), |(host, port)| (host, Some(port))),
    };
    let host = if host == "localhost" { "127.0.0.1" } else { host };
    let address: IpAddr = host.parse().ok()?;
    let allowed = address.is_loopback() || ALLOWED.iter().any(|one| one.parse() == Ok(address));
    allowed.then_some(SocketAddr::new(address, port.map_or(Some(80), |port| port.parse().ok())?))
}

/// Connects once, and hangs up.
pub(super) fn to(uri: &str, patience: Duration) -> Connection {
    let Some(address) = place(uri) else {
        let text = ForeignText::new("no SDK sends a token to this address");
        let failure = Some(Failure { kind: FailureKind::NotAllowed, text });
        return Connection { failure, ..Connection::default() };
    };
    let begin = Instant::now();
    let connected = TcpStream::connect_timeout(&address, patience.max(Duration::from_millis(1)));
    Connection {
        address: ForeignText::new(&address.to_string()),
        took_ms: u64::try_from(begin.elapsed().as_millis()).unwrap_or(u64::MAX),
        failure: connected.err().map(|error| of_io(&error)),
    }
}

/// The longest answer that is read, in bytes.
const LIMIT: u64 = 64 * 1024;

/// An answer.
pub(super) struct Answer {
    /// The status.
    pub status: u16,
    /// The text; it may be credentials, so it is overwritten when it is dropped.
    pub body: Zeroizing<String>,
    /// The server's clock against the own one.
    pub clock: Option<Clock>,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
}

/// A client for one request.
pub(super) fn client(patience: Duration, roots: RootCerts, proxy: Option<ureq::Proxy>) -> Agent {
    config(patience, roots, proxy).into()
}

/// A client for the one request to the agent: without a proxy, and from a port that its log tells from others.
pub(super) fn client_of_agent(patience: Duration) -> Agent {
    Agent::with_parts(config(patience, RootCerts::WebPki, None), FromOwnPort, DefaultResolver::default())
}

fn config(patience: Duration, roots: RootCerts, proxy: Option<ureq::Proxy>) -> Config {
    let tls = TlsConfig::builder().root_certs(roots).build();
    Agent::config_builder()
        .timeout_global(Some(patience.max(Duration::from_millis(1))))
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .user_agent(concat!("podid-probe/", env!("CARGO_PKG_VERSION")))
        .proxy(proxy)
        .tls_config(tls)
        .build()
}

/// Waits for an answer, and reads it.
pub(super) fn answer(
    send: impl FnOnce() -> Result<Response<ureq::Body>, ureq::Error>,
) -> Result<Answer, (Failure, u64)> {
    let begin = Instant::now();
    let took = || u64::try_from(begin.elapsed().as_millis()).unwrap_or(u64::MAX);
    let failed = |error: ureq::Error| (of_http(&error), took());
    let mut response = send().map_err(failed)?;
    let clock = clock(&response);
    let status = response.status().as_u16();
    let body = response.body_mut().with_config().limit(LIMIT).lossy_utf8(true).read_to_string().map_err(failed)?;
    Ok(Answer { status, body: Zeroizing::new(body), clock, took_ms: took() })
}

fn clock(response: &Response<ureq::Body>) -> Option<Clock> {
    let date = response.headers().get("date")?.to_str().ok()?;
    let theirs = DateTimeParser::new().parse_timestamp(date).ok()?;
    Some(Clock { theirs, own: Timestamp::now() })
}

/// Tells an error of the system.
fn of_io(error: &io::Error) -> Failure {
    use io::ErrorKind as Kind;
    let kind = match error.kind() {
        // A firewall of the pod's own says that it is not permitted.
        Kind::ConnectionRefused | Kind::PermissionDenied => FailureKind::Refused,
        Kind::TimedOut | Kind::WouldBlock => FailureKind::TimedOut,
        Kind::HostUnreachable | Kind::NetworkUnreachable | Kind::AddrNotAvailable => FailureKind::NoRoute,
        Kind::ConnectionReset | Kind::ConnectionAborted | Kind::BrokenPipe | Kind::UnexpectedEof => FailureKind::Cut,
        _ if is_certificate(&error.to_string()) => FailureKind::Certificate,
        // The system's resolver has no kind of its own for a name that is not there.
        _ if error.to_string().contains("lookup address") => FailureKind::NoHost,
        _ => FailureKind::Other,
    };
    Failure { kind, text: ForeignText::new(&error.to_string()) }
}

/// Tells an error of the HTTP client.
pub(super) fn of_http(error: &ureq::Error) -> Failure {
    let kind = match error {
        ureq::Error::Io(error) => return of_io(error),
        ureq::Error::Timeout(_) => FailureKind::TimedOut,
        ureq::Error::HostNotFound => FailureKind::NoHost,
        _ if is_certificate(&error.to_string()) => FailureKind::Certificate,
        _ => FailureKind::Other,
    };
    Failure { kind, text: ForeignText::new(&error.to_string()) }
}

fn is_certificate(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    text.contains("certificate") || text.contains("unknownissuer")
}

#[cfg(test)]
mod tests {
    use super::place;

    #[test]
    fn a_token_is_sent_where_sdks_send_it_and_nowhere_else() {
        for (uri, expected) in [
            ("http://169.254.170.23/v1/credentials", Some("169.254.170.23:80")),
            ("http://[fd00:ec2::23]/v1/credentials", Some("[fd00:ec2::23]:80")),
            ("http://127.0.0.1:4711/v1/credentials", Some("127.0.0.1:4711")),
            ("http://localhost/", Some("127.0.0.1:80")),
            ("http://169.254.169.254/latest", None),
            ("http://10.0.0.1/v1/credentials", None),
            ("http://169.254.170.23@evil.example/v1/credentials", None),
            ("http://169.254.170.23:x/", None),
            ("https://evil.example/", None),
            ("", None),
        ] {
            assert_eq!(place(uri).map(|place| place.to_string()).as_deref(), expected, "{uri}");
        }
    }
}

/// What of the answer is no secret.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Told {
    expiration: Option<Timestamp>,
    account_id: Option<String>,
}

/// Asks for credentials.
pub(super) fn ask(uri: &str, token: &Secret, patience: Duration) -> (AgentAnswer, Option<Credentials>) {
    let client = client_of_agent(patience);
    // A newline at the end of the file is no part of the token, and no header may hold it.
    let sent = answer(|| client.get(uri).header("Authorization", token.trim()).call());
    let answer = match sent {
        Ok(answer) => answer,
        Err((failure, took_ms)) => {
            return (AgentAnswer { took_ms, failure: Some(failure), ..AgentAnswer::default() }, None);
        }
    };
    let mut told = AgentAnswer {
        took_ms: answer.took_ms,
        status: Some(answer.status),
        clock: answer.clock,
        ..AgentAnswer::default()
    };
    if answer.status != 200 {
        let body = answer.body.replace(token.trim(), "[the token]");
        told.body = Some(ForeignText::new(&body));
        return (told, None);
    }
    let credentials = serde_json::from_str::<Credentials>(&answer.body);
    let open = serde_json::from_str::<Told>(&answer.body);
    let (Ok(credentials), Ok(open)) = (credentials, open) else {
        let text = ForeignText::new("the answer has no credentials in it");
        told.failure = Some(Failure { kind: FailureKind::Other, text });
        return (told, None);
    };
    told.expires_at = open.expiration;
    told.account = open.account_id.map(|account| ForeignText::new(&account));
    (told, Some(credentials))
}
