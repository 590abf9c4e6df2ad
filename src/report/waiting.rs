//! What `wait` says of a service account: the data that renderers draw.

use std::time::Duration;

use crate::evidence::Requests;
use crate::evidence::asked::waiting::{Ending, Seen};
use crate::exit::ExitCode;

/// What waiting for new pods of a service account came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitReport {
    /// The namespace.
    pub namespace: String,
    /// The service account.
    pub service_account: String,
    /// How it ended.
    pub ending: Ending,
    /// What was seen until then.
    pub seen: Seen,
    /// The longest that was to be waited.
    pub patience: Duration,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
    /// How many requests were made.
    pub requests: Requests,
}

impl WaitReport {
    /// What the process ends with.
    pub fn exit_code(&self) -> ExitCode {
        match self.ending {
            Ending::Injected => ExitCode::HEALTHY,
            Ending::TimedOut => ExitCode::BROKEN,
            Ending::Unknown(_) => ExitCode::INCONCLUSIVE,
        }
    }

    /// The answer in one phrase.
    pub fn headline(&self) -> String {
        match &self.ending {
            Ending::Injected => "injected: new pods get the credential variables".to_owned(),
            Ending::TimedOut if self.seen.injected > 0 => {
                "not injected in time: only some new pods get the credential variables".to_owned()
            }
            Ending::TimedOut => "not injected in time: new pods get no credential variables".to_owned(),
            Ending::Unknown(why) => format!("it cannot be told whether new pods get the credential variables — {why}"),
        }
    }
}
