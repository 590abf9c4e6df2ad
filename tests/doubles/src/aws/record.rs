//! The log of requests: who called what, when, and what came of it.

use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::call::Call;

/// One request, as it was logged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Recorded {
    /// A number that grows with each request and is never used again.
    pub number: u64,
    /// `eks`, `eks-auth`, `iam` or `sts`.
    pub service: String,
    /// The operation: `DescribeCluster`.
    pub operation: String,
    /// The region it was signed for.
    pub region: String,
    /// The access key id that signed it.
    pub access_key: Option<String>,
    /// The parameters, as JSON text.
    pub input: String,
    /// When it had arrived as a whole.
    pub started_at: Timestamp,
    /// When the answer was ready, the connection was cut or the client hung up; `null` while none of this has happened.
    pub ended_at: Option<Timestamp>,
    /// The HTTP status of the answer; `null` if there was none.
    pub status: Option<u16>,
}

impl Recorded {
    /// The IAM action: `eks:DescribeCluster`.
    pub fn action(&self) -> String {
        format!("{}:{}", self.service, self.operation)
    }

    /// Start and end, for [`crate::waves()`]; a request without an end lasts for ever.
    pub fn interval(&self) -> (Timestamp, Timestamp) {
        (self.started_at, self.ended_at.unwrap_or(Timestamp::MAX))
    }
}

/// All requests so far.
#[derive(Debug, Default)]
pub struct Log {
    entries: Mutex<(u64, Vec<Recorded>)>,
}

impl Log {
    /// Notes that a request began; what is returned notes its end when it is dropped.
    pub fn begin(&self, call: &Call) -> Open<'_> {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let number = entries.0;
        entries.0 += 1;
        entries.1.push(Recorded {
            number,
            service: call.service.prefix().to_owned(),
            operation: call.operation.clone(),
            region: call.region.clone(),
            access_key: call.access_key.clone(),
            input: serde_json::to_string(&call.input).unwrap_or_default(),
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
#[derive(Debug)]
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
