//! The document of `wait`.

use serde::Serialize;

use super::{Requests, document};

document! {
    /// What was seen while waiting for new pods of a service account to get their variables.
    struct Wait {
        /// Always `podid/v1`.
        api_version: String,
        /// Always `Wait`.
        kind: String,
        /// The namespace.
        namespace: String,
        /// The service account.
        service_account: String,
        /// What was waited for: `injected`.
        condition: String,
        /// `met`, `notMet`, `unknown`.
        state: String,
        /// What the process ends with: 0 met, 1 not met by the time-out, 3 not known.
        exit_code: u8,
        /// Why it is not known.
        reason: Option<String>,
        /// Since when every dry-run that was answered had the variables; null where the last one lacked them.
        since: Option<String>,
        /// The dry-runs that were asked for.
        dry_runs: WaitDryRuns,
        /// How long it took, in milliseconds.
        duration_ms: u64,
        /// How many requests were made.
        requests: Requests,
    }

    /// The dry-runs that were asked for, each over a connection of its own.
    struct WaitDryRuns {
        /// How many had the variables.
        injected: u32,
        /// How many lacked them.
        lacking: u32,
        /// How many gave no answer.
        unanswered: u32,
        /// When the first was asked for.
        first_at: Option<String>,
        /// When the last was asked for.
        last_at: Option<String>,
    }
}
