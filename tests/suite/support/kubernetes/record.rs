//! The log of requests to the played Kubernetes API.

use jiff::Timestamp;
use podid_doubles::http::Request;
use podid_doubles::request_log::Entry;

/// One request, as it was logged.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded {
    number: u64,
    /// The method.
    pub method: String,
    /// The path, without the query.
    pub path: String,
    /// The query, decoded, in order.
    pub query: Vec<(String, String)>,
    /// The headers; names are in lower case.
    pub headers: Vec<(String, String)>,
    /// When it had arrived.
    pub started_at: Timestamp,
    /// When the answer was ready, or nobody waited for it any more.
    pub ended_at: Option<Timestamp>,
    /// The HTTP status of the answer, if there was one.
    pub status: Option<u16>,
}

impl Recorded {
    /// The entry of a request that has just arrived.
    pub fn of(request: &Request, number: u64) -> Self {
        Self {
            number,
            method: request.method.clone(),
            path: request.path.clone(),
            query: request.query.clone(),
            headers: request.headers.clone(),
            started_at: Timestamp::now(),
            ended_at: None,
            status: None,
        }
    }

    /// Start and end, for `waves`; a request without an end lasts for ever.
    pub fn interval(&self) -> (Timestamp, Timestamp) {
        (self.started_at, self.ended_at.unwrap_or(Timestamp::MAX))
    }

    /// The first header of this name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

impl Entry for Recorded {
    fn number(&self) -> u64 {
        self.number
    }

    fn end(&mut self, at: Timestamp, status: Option<u16>) {
        self.ended_at = Some(at);
        self.status = status;
    }
}
