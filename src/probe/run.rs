//! One run of the probe, as its arguments say, and its own variables.

use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::evidence::ProbeReport;
use crate::evidence::kubernetes::environment::{EnvVar, is_relevant};
use crate::evidence::kubernetes::metadata::{FULL_URI, TOKEN_FILE};
use crate::probe::{files, http, identity, processes, sdks, token};

/// What the probe was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arguments {
    /// How long it may run; then it ends, whatever it is doing.
    pub timeout: Duration,
    /// The cluster's region, for a container that knows none.
    pub region: Option<String>,
    /// Whether it waits for a line on standard input: whoever listens is there then.
    pub waits: bool,
    /// The id of the container that is meant, where the probe runs beside it.
    pub container: Option<String>,
}

impl Default for Arguments {
    fn default() -> Self {
        Self { timeout: Duration::from_secs(25), region: None, waits: false, container: None }
    }
}

impl Arguments {
    /// Reads `--timeout SECONDS`, `--region NAME`, `--container ID` and `--begin stdin`; whatever else there is, is left out.
    pub fn read(arguments: impl IntoIterator<Item = String>) -> Self {
        let mut read = Self::default();
        let mut arguments = arguments.into_iter();
        while let Some(name) = arguments.next() {
            let Some(value) = arguments.next() else { break };
            match name.as_str() {
                "--timeout" => read.timeout = value.parse().map_or(read.timeout, Duration::from_secs),
                "--region" => read.region = Some(value).filter(|value| !value.is_empty()),
                "--container" => read.container = Some(value).filter(|value| !value.is_empty()),
                "--begin" => read.waits = value == "stdin",
                _ => {}
            }
        }
        read
    }
}

/// The least that the agent is given to answer: three attempts of its own at a silent EKS Auth take it 4.3 seconds.
const PATIENCE: Duration = Duration::from_secs(8);

/// How long SDKs are looked for.
const SEARCH: Duration = Duration::from_secs(5);

/// Looks at everything.
pub fn run(arguments: &Arguments) -> ProbeReport {
    let begin = Instant::now();
    let end = begin + arguments.timeout;
    let patience = || PATIENCE.min(end.saturating_duration_since(Instant::now()));
    let mut report = ProbeReport {
        time: Some(Timestamp::now()),
        user: processes::own_user(),
        environment: own(),
        processes: processes::of_container(arguments.container.as_deref()),
        files: files::all(),
        ..ProbeReport::default()
    };
    let read = value(TOKEN_FILE).map(|path| token::read(&path));
    let uri = value(FULL_URI);
    report.connection = uri.as_deref().map(|uri| http::to(uri, patience()));
    let reached = report.connection.as_ref().is_some_and(|connection| connection.failure.is_none());
    let (file, secret) = read.map_or((None, None), |(file, secret)| (Some(file), secret));
    report.token = file;
    if let (Some(uri), Some(secret), true) = (uri, secret, reached) {
        let (answer, credentials) = http::ask(&uri, &secret, patience());
        report.answer = Some(answer);
        report.identity =
            credentials.map(|credentials| identity::ask(&credentials, arguments.region.as_deref(), patience()));
    }
    let end = end.min(Instant::now() + SEARCH);
    let files = processes::files_of_container(&report.processes, arguments.container.is_some());
    let programs = processes::programs(&report.processes);
    report.sdks = files.map(|(root, mounts)| sdks::of_container(&root, &mounts, &programs, end));
    report.duration_ms = u64::try_from(begin.elapsed().as_millis()).unwrap_or(u64::MAX);
    report
}

/// How many variables are told.
const LIMIT: usize = 64;

/// The variables that matter, with the values of those that are no secret.
pub(super) fn own() -> Vec<EnvVar> {
    let mut found: Vec<EnvVar> = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.to_string_lossy().into_owned())))
        .filter(|(name, _)| is_relevant(name))
        .map(|(name, value)| EnvVar::of_process(&name, value))
        .collect();
    found.sort_by(|one, other| one.name.cmp(&other.name));
    found.truncate(LIMIT);
    found
}

/// A value that is set and not empty.
pub(super) fn value(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
