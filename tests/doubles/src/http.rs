//! One small HTTP server on loopback, whose handler can also cut the connection or never answer.

use std::future::Future;
use std::net::SocketAddr;

mod attach;
mod body;
mod server;

pub use server::{Server, serve};

/// A request, read to its end.
#[derive(Debug, Clone)]
pub struct Request {
    /// Where it comes from.
    pub client: SocketAddr,
    /// The method, in upper case.
    pub method: String,
    /// The path as sent: percent signs are not decoded.
    pub path: String,
    /// The parameters of the query, decoded, in order.
    pub query: Vec<(String, String)>,
    /// The headers; names are in lower case.
    pub headers: Vec<(String, String)>,
    /// The whole body.
    pub body: Vec<u8>,
}

impl Request {
    /// Gives the first header of this name (in lower case).
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// Gives the first parameter of this name in the query.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }
}

/// What a handler does with a request.
#[derive(Debug, Clone)]
pub enum Answer {
    /// Sends this response.
    Whole(Response),
    /// Promises this response, sends half of its body and cuts the connection.
    Half(Response),
    /// Sends this response, a byte of its body a second.
    Trickle(Response),
    /// Cuts the connection before a word is said.
    Cut,
    /// Makes a web socket of the connection, over which a process in a container prints this once it was told a line.
    Attached(Vec<u8>),
    /// Keeps the connection open and says nothing, for ever.
    Hang,
}

/// A response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// The headers, without the length.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Response {
    /// Makes a response of a content type.
    pub fn new(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Response {
        Response { status, headers: vec![("content-type".into(), content_type.into())], body: body.into() }
    }

    /// Makes a JSON response.
    pub fn json(status: u16, value: &serde_json::Value) -> Response {
        Response::new(status, "application/json", value.to_string())
    }

    /// Adds a header.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: &str) -> Response {
        self.headers.push((name.into(), value.into()));
        self
    }
}

/// Answers requests; one handler serves all connections at once.
pub trait Handler: Send + Sync + 'static {
    /// Answers one request. Dropped unfinished when the client hangs up.
    fn answer(&self, request: Request) -> impl Future<Output = Answer> + Send;
}
