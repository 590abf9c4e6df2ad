//! From what `wait` saw to its document of v1.

use jiff::Timestamp;

use super::v1;
use crate::evidence::asked::waiting::Ending;
use crate::report::WaitReport;

impl v1::Wait {
    /// Writes a report down.
    pub fn new(report: &WaitReport) -> Self {
        let time = |time: Option<Timestamp>| time.map(|time| time.to_string());
        let (state, reason) = match &report.ending {
            Ending::Injected => ("met", None),
            Ending::TimedOut => ("notMet", None),
            Ending::Unknown(why) => ("unknown", Some(why.clone())),
        };
        let seen = &report.seen;
        Self {
            api_version: v1::API_VERSION.to_owned(),
            kind: "Wait".to_owned(),
            namespace: report.namespace.clone(),
            service_account: report.service_account.clone(),
            condition: "injected".to_owned(),
            state: state.to_owned(),
            exit_code: report.exit_code().0,
            reason,
            since: time(seen.since),
            dry_runs: v1::WaitDryRuns {
                injected: seen.injected,
                lacking: seen.lacking,
                unanswered: seen.unanswered,
                first_at: time(seen.first_at),
                last_at: time(seen.last_at),
            },
            duration_ms: report.duration_ms,
            requests: v1::Requests { kubernetes: report.requests.kubernetes, aws: report.requests.aws },
        }
    }
}
