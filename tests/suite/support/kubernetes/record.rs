//! The log of requests to the played Kubernetes API.

use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use podid_doubles::http::Request;

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
    /// Start and end, for `waves`; a request without an end lasts for ever.
    pub fn interval(&self) -> (Timestamp, Timestamp) {
        (self.started_at, self.ended_at.unwrap_or(Timestamp::MAX))
    }

    /// The first header of this name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// All requests so far.
#[derive(Default)]
pub struct Log {
    entries: Mutex<(u64, Vec<Recorded>)>,
}

impl Log {
    /// Notes that a request began; what is returned notes its end when it is dropped.
    pub fn begin(&self, request: &Request) -> Open<'_> {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let number = entries.0;
        entries.0 += 1;
        entries.1.push(Recorded {
            number,
            method: request.method.clone(),
            path: request.path.clone(),
            query: request.query.clone(),
            headers: request.headers.clone(),
            started_at: Timestamp::now(),
            ended_at: None,
            status: None,
        });
        Open { log: self, number, status: None }
    }

    /// Gives all requests so far.
    pub fn all(&self) -> Vec<Recorded> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).1.clone()
    }

    /// Forgets all requests so far.
    pub fn clear(&self) {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).1.clear();
    }
}

/// A request that has not ended yet.
pub struct Open<'a> {
    log: &'a Log,
    number: u64,
    /// The status to be noted.
    pub status: Option<u16>,
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        let mut entries = self.log.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = entries.1.iter_mut().find(|entry| entry.number == self.number) {
            entry.ended_at = Some(Timestamp::now());
            entry.status = self.status;
        }
    }
}
