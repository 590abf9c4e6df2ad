//! The log of requests: who called what, when, and what came of it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::call::Call;
use crate::request_log::Entry;

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
    /// The entry of a request that has just arrived.
    pub fn of(call: &Call, number: u64) -> Self {
        Self {
            number,
            service: call.service.prefix().to_owned(),
            operation: call.operation.clone(),
            region: call.region.clone(),
            access_key: call.access_key.clone(),
            input: serde_json::to_string(&call.input).unwrap_or_default(),
            started_at: Timestamp::now(),
            ended_at: None,
            status: None,
        }
    }

    /// The IAM action: `eks:DescribeCluster`.
    pub fn action(&self) -> String {
        format!("{}:{}", self.service, self.operation)
    }

    /// Start and end, for [`crate::waves()`]; a request without an end lasts for ever.
    pub fn interval(&self) -> (Timestamp, Timestamp) {
        (self.started_at, self.ended_at.unwrap_or(Timestamp::MAX))
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
