//! One run's access to the cluster and to AWS, and what is known before the first call.

use jiff::Timestamp;

use super::clients::{AwsAccess, KubernetesClient};
use super::run::Run;
use crate::evidence::{Context, Requests};

/// One run's access.
pub struct Session {
    /// The API server.
    pub kubernetes: KubernetesClient,
    /// AWS; `None` with `--no-aws`.
    pub aws: Option<AwsAccess>,
    /// The limits of the run.
    pub run: Run,
    /// What is known before the first call.
    pub context: Context,
    /// When the run began, by this machine's clock.
    pub begun: std::time::Instant,
}

impl Session {
    /// "Now": the API server's clock, and this machine's only where the server has not answered.
    pub fn now(&self) -> Timestamp {
        self.kubernetes.server_time().unwrap_or_else(Timestamp::now)
    }

    /// How many requests were made so far.
    pub fn requests(&self) -> Requests {
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        Requests {
            kubernetes: count(self.kubernetes.requests()),
            aws: self.aws.as_ref().map_or(0, |aws| count(aws.requests())),
        }
    }

    /// How long the run has taken so far, in milliseconds.
    pub fn elapsed_ms(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}
