//! One request over HTTP: bounded in time and bytes, without redirects.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use ureq::Agent;
use ureq::config::Config;
use ureq::http::Response;
use ureq::tls::{RootCerts, TlsConfig};
use ureq::unversioned::resolver::DefaultResolver;
use zeroize::Zeroizing;

use super::failure;
use super::own_port::FromOwnPort;
use crate::evidence::asked::probe::{Clock, Failure};

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
    let failed = |error: ureq::Error| (failure::of_http(&error), took());
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
