//! The steps of the probe, in the order in which a credential travels. Each goes as far as the one before it came.

use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::{Arguments, agent, connect, environment, files, identity, processes, token};
use crate::evidence::ProbeReport;
use crate::evidence::kubernetes::pod_identity::{FULL_URI, TOKEN_FILE};

/// The least that the agent is given to answer: three attempts of its own at a silent EKS Auth take it 4.3 seconds.
const PATIENCE: Duration = Duration::from_secs(8);

/// Looks at everything.
pub fn run(arguments: &Arguments) -> ProbeReport {
    let begin = Instant::now();
    let end = begin + arguments.timeout;
    let patience = || PATIENCE.min(end.saturating_duration_since(Instant::now()));
    let mut report = ProbeReport {
        time: Some(Timestamp::now()),
        user: processes::own_user(),
        environment: environment::own(),
        processes: processes::of_container(arguments.container.as_deref()),
        files: files::all(),
        ..ProbeReport::default()
    };
    let read = environment::value(TOKEN_FILE).map(|path| token::read(&path));
    let uri = environment::value(FULL_URI);
    report.connection = uri.as_deref().map(|uri| connect::to(uri, patience()));
    let reached = report.connection.as_ref().is_some_and(|connection| connection.failure.is_none());
    let (file, secret) = read.map_or((None, None), |(file, secret)| (Some(file), secret));
    report.token = file;
    if let (Some(uri), Some(secret), true) = (uri, secret, reached) {
        let (answer, credentials) = agent::ask(&uri, &secret, patience());
        report.answer = Some(answer);
        report.identity =
            credentials.map(|credentials| identity::ask(&credentials, arguments.region.as_deref(), patience()));
    }
    report.duration_ms = u64::try_from(begin.elapsed().as_millis()).unwrap_or(u64::MAX);
    report
}
