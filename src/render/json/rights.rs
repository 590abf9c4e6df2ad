//! Rights and waits as documents.

use jiff::Timestamp;

use super::v1;
use crate::evidence::asked::canary::Ending;
use crate::evidence::right::{Access, Right};
use crate::report::{ReviewedRight, RightsReport, WaitReport};

impl v1::PermissionsCheck {
    /// Writes a report down.
    pub fn new(report: &RightsReport) -> Self {
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        Self {
            api_version: v1::API_VERSION.to_owned(),
            kind: "PermissionsCheck".to_owned(),
            exit_code: report.exit_code().0,
            levels: words(&report.levels),
            namespaces: report.namespaces.clone(),
            agent_namespace: report.agent_namespace.clone(),
            rights: report.rights.iter().map(right).collect(),
            not_asked: words(&report.not_asked),
        }
    }
}

fn right(one: &ReviewedRight) -> v1::RightCheck {
    let (state, detail) = match &one.access {
        Access::Held => ("held", None),
        Access::Missing => ("missing", None),
        Access::Unknown(why) => ("unknown", Some(why.clone())),
    };
    let Right { verb, group, resource, namespace } = one.right.clone();
    v1::RightCheck { level: one.level.to_owned(), verb, group, resource, namespace, state: state.to_owned(), detail }
}

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
