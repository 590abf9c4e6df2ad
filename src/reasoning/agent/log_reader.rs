//! Reads the agent's log line by line and keeps what concerns one pod and its node, or counts what all pods of the node got.
//!
//! The agent writes JSON lines (logrus), the 0.2 line with more keys. Nothing is kept that is not named here, and the
//! memory that is used does not grow with the log.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};

use super::answers::PENDING;
use crate::evidence::asked::foreign_text::ForeignText;
use crate::evidence::inventory::{NodeLog, NodeLogError};
use crate::evidence::kubernetes::agent_log::{AgentError, AgentLog, LoggedEvent, LoggedOutcome, NodeOutcomes};

/// How many outcomes of the pod are kept; the latest are.
const KEPT: usize = 256;
/// Differences between clocks that decide nothing.
const CLOCK_TOLERANCE: SignedDuration = SignedDuration::from_secs(5);

/// How lines begin that tell of a renewal that failed; such renewals go on for pods long gone.
const RENEWAL_FAILED: &[&str] = &[
    "Removing credentials from cache, got non recoverable error",
    "Background refresh failed",
    "Background refresh rate limited",
    "Rate limited",
];

/// Reads one log, file by file, oldest first.
#[derive(Debug)]
pub struct AgentLogReader {
    address: IpAddr,
    uid: Option<String>,
    since: Timestamp,
    until: Timestamp,
    from: Option<Timestamp>,
    covered: bool,
    whole_run: bool,
    file_begun: bool,
    files: usize,
    ports: BTreeSet<u16>,
    outcomes: VecDeque<LoggedOutcome>,
    last_fetched: Option<Timestamp>,
    last_words: Option<String>,
    lines: usize,
    understood: usize,
    node_errors: BTreeMap<AgentError, LoggedOutcome>,
}

/// What a line says, as far as it is of use.
struct Line {
    time: Timestamp,
    text: String,
    client: Option<SocketAddr>,
    pod_uid: Option<String>,
    role_arn: Option<String>,
    is_renewal: bool,
    is_fatal: bool,
}

impl AgentLogReader {
    /// Looks for a pod by its address, which is its own from `since` on; later than `until` nothing counts.
    pub fn new(address: IpAddr, since: Timestamp, until: Timestamp) -> Self {
        Self {
            address: address.to_canonical(),
            uid: None,
            since,
            until: until + CLOCK_TOLERANCE,
            from: None,
            covered: false,
            whole_run: false,
            file_begun: false,
            files: 0,
            ports: BTreeSet::new(),
            outcomes: VecDeque::new(),
            last_fetched: None,
            last_words: None,
            lines: 0,
            understood: 0,
            node_errors: BTreeMap::new(),
        }
    }

    /// Tells the pod by its UID too, where a line has one: that outranks the address.
    #[must_use]
    pub fn of_pod(mut self, uid: &str) -> Self {
        self.uid = (!uid.is_empty()).then(|| uid.to_owned());
        self
    }

    /// Passes over what is older than this, as if the log began there.
    #[must_use]
    pub fn beginning(mut self, from: Timestamp) -> Self {
        self.from = Some(from);
        self
    }

    /// Begins a file: the log of the container's former run, or of the present one.
    pub fn begin_file(&mut self) {
        self.close_file();
        self.file_begun = false;
        self.files += 1;
    }

    /// Takes in a line; what is no line of the agent is passed over.
    pub fn line(&mut self, text: &str) {
        Self::line_for(std::iter::once(self), text);
    }

    /// Several pods' readers take in a line, which is taken apart once.
    pub fn line_for<'r>(readers: impl IntoIterator<Item = &'r mut Self>, text: &str) {
        let line = Line::read(text);
        let event = line.as_ref().and_then(event);
        let is_blank = text.trim().is_empty();
        for reader in readers {
            reader.take(is_blank, line.as_ref(), event.as_ref());
        }
    }

    fn take(&mut self, is_blank: bool, line: Option<&Line>, event: Option<&(LoggedEvent, Option<String>)>) {
        if line.is_some_and(|line| self.from.is_some_and(|from| line.time < from)) {
            return;
        }
        self.lines += usize::from(!is_blank);
        let Some(line) = line else { return };
        self.understood += 1;
        self.mark_coverage(line);
        self.mark_end(line);
        if line.time > self.until {
            return;
        }
        let Some((event, error)) = event else { return };
        self.note_node(line, *event, error.as_deref());
        if self.is_own(line, *event) {
            self.keep(line, *event, error.clone());
        }
    }

    /// Whether there is a log, and not a line of it is one of the agent's: another format, or garbage.
    pub fn is_not_understood(&self) -> bool {
        self.lines > 0 && self.understood == 0
    }

    /// Ends the reading; a log that was not read to its end covers nothing.
    pub fn finish(mut self, read_to_end: bool) -> AgentLog {
        self.close_file();
        let mut errors: Vec<LoggedOutcome> = self.node_errors.into_values().collect();
        errors.sort_by_key(|error| error.time);
        // Two agents of one node are read one after the other.
        self.outcomes.make_contiguous().sort_by_key(|outcome| outcome.time);
        AgentLog {
            covers_life: self.covered && read_to_end,
            whole_run: self.whole_run && self.files <= 1 && read_to_end,
            outcomes: self.outcomes.into(),
            node: NodeOutcomes { last_fetched: self.last_fetched, errors },
            last_words: self.last_words,
        }
    }

    /// A file without a single line of the agent breaks the chain.
    fn close_file(&mut self) {
        if self.files > 0 && !self.file_begun {
            self.covered = false;
        }
    }

    /// The first line of a file decides: it is from before the pod, or the file joins the one before it.
    ///
    /// A file that begins with neither has lost its beginning: the kubelet serves only what was not rotated away.
    fn mark_coverage(&mut self, line: &Line) {
        if self.file_begun {
            return;
        }
        self.file_begun = true;
        let start = line.is_start();
        self.whole_run = start;
        self.covered = line.time < self.since || start && (line.time == self.since || self.covered);
    }

    /// The agent ends with one line that says why, and begins anew with another.
    fn mark_end(&mut self, line: &Line) {
        if line.is_fatal {
            self.last_words = Some(ForeignText::new(&line.text).as_str().to_owned());
        } else if line.is_start() {
            self.last_words = None;
        }
    }

    /// Whether a line is about the pod: its UID where the line has one, else its address since it has it.
    ///
    /// Renewals carry the address of the request they renew, long after its pod may be gone: they belong to this pod only
    /// if that very request was seen.
    fn is_own(&self, line: &Line, event: LoggedEvent) -> bool {
        if let (Some(own), Some(uid)) = (&self.uid, &line.pod_uid) {
            return own == uid && line.time >= self.since && (!line.is_background() || event == LoggedEvent::Fetched);
        }
        let Some(client) = line.client else { return false };
        client.ip().to_canonical() == self.address
            && line.time >= self.since
            && (!line.is_background() || event == LoggedEvent::Fetched && self.ports.contains(&client.port()))
    }

    fn keep(&mut self, line: &Line, event: LoggedEvent, error: Option<String>) {
        let port = line.client.map(|client| client.port());
        if event == LoggedEvent::Requested {
            self.ports.extend(port);
        }
        if self.outcomes.len() == KEPT {
            self.outcomes.pop_front();
        }
        let role_arn = line.role_arn.clone().filter(|_| event == LoggedEvent::Fetched);
        self.outcomes.push_back(LoggedOutcome { time: line.time, event, port, role_arn, error });
    }

    fn note_node(&mut self, line: &Line, event: LoggedEvent, error: Option<&str>) {
        match (event, error) {
            (LoggedEvent::Fetched, _) => self.last_fetched = self.last_fetched.max(Some(line.time)),
            (LoggedEvent::Failed, Some(text)) => {
                let kind = AgentError::read(text);
                if kind.concerns_node() {
                    let outcome = LoggedOutcome {
                        time: line.time,
                        event,
                        port: None,
                        role_arn: None,
                        error: Some(text.to_owned()),
                    };
                    self.node_errors.insert(kind, outcome);
                }
            }
            _ => {}
        }
    }
}

/// How many kinds of error are kept of one agent.
const KINDS: usize = 16;

/// Counts what one agent answered, whichever pod asked.
#[derive(Debug)]
pub struct NodeLogReader {
    since: Timestamp,
    until: Timestamp,
    open: BTreeMap<SocketAddr, Timestamp>,
    served: usize,
    failed: usize,
    errors: BTreeMap<AgentError, NodeLogError>,
    is_off: bool,
    whole: AgentLogReader,
}

impl NodeLogReader {
    /// Counts requests between two moments.
    pub fn new(since: Timestamp, until: Timestamp) -> Self {
        // No pod has this address: only what concerns the whole node is kept.
        let whole = AgentLogReader::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), since, until).beginning(since);
        Self {
            since,
            until: until + CLOCK_TOLERANCE,
            open: BTreeMap::new(),
            served: 0,
            failed: 0,
            errors: BTreeMap::new(),
            is_off: false,
            whole,
        }
    }

    /// Begins the log of another run, or of another agent of the node: what was open before is not answered any more.
    pub fn begin_file(&mut self) {
        self.serve_answered(self.until);
        self.open.clear();
        self.whole.begin_file();
    }

    /// Whether a line is from later than now, or from before the time that the node was asked for by its own clock: that clock is
    /// another than the API server's, and lines may be missing.
    pub fn is_off(&self) -> bool {
        self.is_off
    }

    /// Takes in a line.
    pub fn line(&mut self, text: &str) {
        let line = Line::read(text);
        let event = line.as_ref().and_then(event);
        self.whole.take(text.trim().is_empty(), line.as_ref(), event.as_ref());
        let is_asked_for = |line: &Line| line.time >= self.since - CLOCK_TOLERANCE && line.time <= self.until;
        self.is_off |= line.as_ref().is_some_and(|line| !is_asked_for(line));
        let (Some(line), Some((event, error))) = (line, event) else { return };
        if line.time < self.since || line.time > self.until || line.is_background() {
            return;
        }
        match (event, line.client) {
            (LoggedEvent::Requested, Some(client)) => {
                // A port that comes back shows that its former request is over.
                let former = self.open.insert(client, line.time);
                self.served += usize::from(former.is_some());
                self.serve_answered(line.time);
            }
            (LoggedEvent::Fetched | LoggedEvent::Cached, Some(client)) => {
                self.served += usize::from(self.open.remove(&client).is_some());
            }
            (LoggedEvent::Failed, client) => {
                client.and_then(|client| self.open.remove(&client));
                self.failed += 1;
                self.note(error.unwrap_or_default(), line.time);
            }
            _ => {}
        }
    }

    /// At level info the agent says nothing about an answer from its cache: a request without an error counts as served.
    fn serve_answered(&mut self, now: Timestamp) {
        let before = self.open.len();
        self.open.retain(|_, asked| now.duration_since(*asked) <= PENDING);
        self.served += before - self.open.len();
    }

    fn note(&mut self, text: String, time: Timestamp) {
        let kind = AgentError::read(&text);
        if let Some(error) = self.errors.get_mut(&kind) {
            *error = NodeLogError { number: error.number + 1, last: time.max(error.last), text };
        } else if self.errors.len() < KINDS {
            self.errors.insert(kind, NodeLogError { number: 1, last: time, text });
        }
    }

    /// Whether there is a log, and not a line of it is one of the agent's.
    pub fn is_not_understood(&self) -> bool {
        self.whole.is_not_understood()
    }

    /// Ends the reading.
    pub fn finish(mut self) -> NodeLog {
        self.serve_answered(self.until);
        let mut errors: Vec<NodeLogError> = self.errors.into_values().collect();
        errors.sort_by_key(|error| (Reverse(error.number), error.last));
        let log = self.whole.finish(true);
        NodeLog {
            since: self.since,
            served: self.served,
            failed: self.failed,
            errors,
            node: log.node,
            last_words: log.last_words,
        }
    }
}

impl Line {
    fn read(text: &str) -> Option<Self> {
        let fields: Map<String, Value> = serde_json::from_str(text.trim()).ok()?;
        let first = |names: &[&str]| names.iter().find_map(|name| fields.get(*name)?.as_str());
        let role_arn = first(&["fetched_role_arn", "fetchedRoleArn"]).filter(|arn| arn.starts_with("arn:"));
        Some(Self {
            time: first(&["time", "ts", "timestamp"])?.parse().ok()?,
            text: first(&["msg", "message"])?.to_owned(),
            client: first(&["client-addr", "client_addr", "clientAddr"]).and_then(|address| address.parse().ok()),
            pod_uid: first(&["podUID", "podUid", "pod-uid", "pod_uid"]).map(str::to_owned),
            role_arn: role_arn.map(|arn| ForeignText::new(arn).as_str().to_owned()),
            is_renewal: first(&["from"]) == Some("renewal-thread"),
            is_fatal: matches!(first(&["level"]), Some("fatal" | "panic")),
        })
    }

    /// Whether the agent writes it while it renews what it holds, not to answer a request.
    fn is_background(&self) -> bool {
        self.is_renewal || RENEWAL_FAILED.iter().any(|start| self.text.starts_with(start))
    }

    /// Whether the agent writes it when it starts.
    fn is_start(&self) -> bool {
        ["Starting server", "Pod Identity Agent version", "Overriding"].iter().any(|start| self.text.starts_with(start))
    }
}

/// What happened, and the error if one did.
fn event(line: &Line) -> Option<(LoggedEvent, Option<String>)> {
    let text = line.text.as_str();
    if text.starts_with("handling new request") {
        Some((LoggedEvent::Requested, None))
    } else if text.starts_with("Successfully fetched credentials") {
        Some((LoggedEvent::Fetched, None))
    } else if text.ends_with("sing cached credentials") {
        Some((LoggedEvent::Cached, None))
    } else if text.starts_with("Error fetching credentials")
        || RENEWAL_FAILED.iter().any(|start| text.starts_with(start))
    {
        Some((LoggedEvent::Failed, Some(ForeignText::new(text).as_str().to_owned())))
    } else {
        None
    }
}
