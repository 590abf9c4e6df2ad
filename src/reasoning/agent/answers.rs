//! Questions about the agent's log, each answered once: since when it counts, what became of the pod's requests, and
//! which error of the node still stands.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use crate::evidence::aws::role::Arn;
use crate::evidence::kubernetes::agent_log::{AgentError, AgentLog, LoggedEvent, LoggedOutcome};
use crate::evidence::kubernetes::node::Compute;
use crate::evidence::reading::GapKind;
use crate::evidence::{Association, Container, Evidence, Gap, GapReason, Pod, Reading, Source};

/// A request this young may still be answered: the agent gives up on EKS Auth after five seconds.
pub(super) const PENDING: SignedDuration = SignedDuration::from_secs(10);
/// A failure that is met so often is no accident.
const RECURS: usize = 3;
/// How long an answer may take that was asked for before the end.
const AFTER_END: SignedDuration = SignedDuration::from_secs(5);
/// What a pod has not done in its first minute says nothing.
pub const FIRST_MINUTE: SignedDuration = SignedDuration::from_mins(1);
/// For how long an error of another pod says something about this one.
const NODE_WINDOW: SignedDuration = SignedDuration::from_hours(1);
/// The driver that asks the agent for the pods whose volumes it serves.
const SECRETS_STORE_DRIVER: &str = "secrets-store.csi.k8s.io";

/// Why nothing is known of a log that nobody asked for.
const UNASKED: &str = "the agent of an Auto Mode node logs to its node, where --node-logs reads it";

/// What the agent logged for the pod, as far as it counts.
#[derive(Debug, Clone)]
pub struct OwnLog<'e> {
    /// The whole log.
    pub log: &'e AgentLog,
    /// The outcomes of the pod's programs, oldest first.
    pub outcomes: Vec<&'e LoggedOutcome>,
    /// What a probe in the pod asked for, in this run or before: it tells nothing of the programs.
    pub of_probe: Vec<&'e LoggedOutcome>,
    now: Timestamp,
}

impl Evidence {
    /// The pod whose requests the log was read for: the target, or the one that represents a service account.
    pub fn logged_pod(&self) -> Result<Option<&Pod>, Gap> {
        Ok(self.live_pod()?.or(self.representative.as_ref()))
    }

    /// The log of the agent that serves the pod: the node's own on an Auto Mode node, else that of the agent's pods.
    pub fn serving_log(&self) -> &Reading<AgentLog> {
        if self.log_source() == Source::NodeLog { &self.node_log } else { &self.agent_log }
    }

    /// Whether the node keeps the log of the agent that serves the pod, and nobody asked for it.
    pub fn has_unasked_log(&self) -> bool {
        let is_unasked = |gap: &Gap| gap.reason == GapReason::NotRequested && gap.kind != Some(GapKind::NothingToAsk);
        self.log_source() == Source::NodeLog && self.node_log.gap().is_some_and(is_unasked)
    }

    /// Which of the two it is.
    pub fn log_source(&self) -> Source {
        if self.compute() == Ok(Compute::Auto) { Source::NodeLog } else { Source::AgentLog }
    }

    /// What the agent logged for the pod; `None` with the reason where nothing in it can be told to be the pod's.
    pub fn own_log(&self) -> Result<Result<OwnLog<'_>, &'static str>, Gap> {
        let Some(pod) = self.logged_pod()? else { return Ok(Err("there is no pod that could have asked")) };
        if pod.spec.host_network {
            return Ok(Err("the pod shares the address of its node, so its requests cannot be told apart in the log"));
        }
        let Some(since) = pod.has_address_since() else {
            return Ok(Err("no container of the pod has started yet"));
        };
        let (log, now) = match self.serving_log().get() {
            Ok(log) => (log, self.collected_at),
            Err(gap) if self.has_unasked_log() => return Err(Gap { detail: UNASKED.to_owned(), ..gap }),
            Err(gap) => return Err(gap),
        };
        // The address of an ended pod may be another's by now.
        let until = pod.ended_at().filter(|_| pod.has_ended()).map_or(now, |ended| (ended + AFTER_END).min(now));
        let counts = log.outcomes.iter().filter(|outcome| outcome.time >= since && outcome.time <= until);
        let (of_probe, outcomes) = counts.partition(|outcome| outcome.is_of_probe());
        Ok(Ok(OwnLog { log, outcomes, of_probe, now }))
    }
}

impl Evidence {
    /// Whether the log proves that the pod never asked, although a container was told where to ask.
    ///
    /// Where the secrets-store driver asks in its place, the log says nothing about the pod's own way.
    pub fn has_surely_not_asked(&self) -> bool {
        let told = self.containers().is_ok_and(|all| all.iter().any(Container::is_injected));
        let driver = self.pod.present().is_some_and(Pod::is_served_by_secrets_store);
        // A pod that has just started may ask in a moment.
        let lives = self.live_pod().is_ok_and(|pod| {
            let since = pod.and_then(Pod::has_address_since);
            since.is_some_and(|since| self.collected_at.duration_since(since) >= FIRST_MINUTE)
        });
        let silent = |own: OwnLog<'_>| lives && own.log.covers_life && own.outcomes.is_empty();
        told && !driver && self.own_log().is_ok_and(|own| own.is_ok_and(silent))
    }

    /// Whether the log proves that the pod never asked, and a container of it fails meanwhile.
    ///
    /// Silence alone is no proof of an obstacle: a program that is idle, or asks late, is as silent.
    pub fn fails_without_having_asked(&self) -> bool {
        self.has_surely_not_asked() && self.live_pod().is_ok_and(|pod| pod.is_some_and(Pod::is_failing))
    }
}

impl Pod {
    /// The container of an ended pod that failed, with its exit code; the first of several.
    pub fn failed_container(&self) -> Option<(&str, i32)> {
        let statuses = self.status.all_containers();
        let failed = |status: &crate::evidence::kubernetes::pod_status::ContainerStatus| {
            status.state.as_ref()?.terminated.as_ref().map(|ended| ended.exit_code).filter(|code| *code != 0)
        };
        let mut failed = statuses.filter_map(|status| Some((status.name.as_str(), failed(status)?)));
        failed.next().filter(|_| self.has_ended())
    }

    /// Whether a container runs, as far as the kubelet has told; one of which nothing is told may.
    pub fn runs(&self, container: &str) -> bool {
        let mut statuses = self.status.all_containers();
        let status = statuses.find(|status| status.name == container);
        status.is_none_or(|status| status.state.as_ref().is_none_or(|state| state.running.is_some()))
    }

    /// Whether a container of it fails, or did before: a sign that what it wanted was not there.
    pub fn is_failing(&self) -> bool {
        self.status.all_containers().any(|status| {
            let state = status.state.as_ref();
            let crashes = state.and_then(|state| state.waiting.as_ref()?.reason.as_deref()) == Some("CrashLoopBackOff");
            let ended = state.and_then(|state| state.terminated.as_ref()).is_some_and(|ended| ended.exit_code != 0);
            crashes || ended || status.restart_count > 0 && !status.ready
        })
    }

    /// Since when the pod's address is its own for sure, as far as its status tells.
    ///
    /// The kubelet says when the network was ready; before that the address may have been another pod's. Where it does
    /// not, the first of the containers that run stands for it, and the scheduling where none runs.
    pub fn has_address_since(&self) -> Option<Timestamp> {
        let statuses = self.status.all_containers();
        let began = |status: &crate::evidence::kubernetes::pod_status::ContainerStatus| {
            let state = status.state.as_ref()?;
            let ended = || state.terminated.as_ref().and_then(|ended| ended.started_at);
            state.running.as_ref().map_or_else(ended, |running| running.started_at)
        };
        let running = statuses.filter_map(began).min();
        let ready = self.status.holds_since("PodReadyToStartContainers");
        running.into_iter().chain(ready).min().or_else(|| self.status.holds_since("PodScheduled"))
    }

    /// Whether a driver asks the agent in the place of the pod.
    pub fn is_served_by_secrets_store(&self) -> bool {
        self.spec.volumes.iter().any(|volume| volume.csi.as_ref().is_some_and(|csi| csi.driver == SECRETS_STORE_DRIVER))
    }
}

impl Association {
    /// Whether a session (`assumed-role/NAME/SESSION`, without a path) is one of its role or of its target role.
    pub fn is_served_by(&self, session: &str) -> bool {
        let Some(session) = Arn::parse(session) else { return false };
        let name = session.resource.strip_prefix("assumed-role/").and_then(|rest| rest.split('/').next());
        let roles = [Some(self.role_arn.as_str()), self.target_role_arn.as_deref()];
        roles.into_iter().flatten().filter_map(Arn::parse).any(|role| {
            session.partition == role.partition
                && session.account == role.account
                && name == role.resource.rsplit('/').next()
        })
    }
}

impl<'e> OwnLog<'e> {
    /// The last request that was answered: its outcome is an error, or else credentials were given.
    ///
    /// At level info the agent says nothing about an answer from its cache: a request without an error counts as served.
    pub fn last_answer(&self) -> Option<&'e LoggedOutcome> {
        self.answers().next_back()
    }

    /// Every answer, oldest first: errors, credentials, and requests of which nothing more was logged.
    fn answers(&self) -> impl DoubleEndedIterator<Item = &'e LoggedOutcome> {
        let answered = |(place, outcome): &(usize, &&'e LoggedOutcome)| match outcome.event {
            LoggedEvent::Requested => {
                let answer = self.outcomes[place + 1..]
                    .iter()
                    .take_while(|later| later.event != LoggedEvent::Requested || later.port != outcome.port)
                    .any(|later| later.event != LoggedEvent::Requested && later.port == outcome.port);
                !answer && self.now.duration_since(outcome.time) > PENDING
            }
            _ => true,
        };
        self.outcomes.iter().enumerate().filter(answered).map(|(_, outcome)| *outcome)
    }

    /// The last answer, if it is an error, with what it means.
    pub fn last_error(&self) -> Option<(AgentError, &'e LoggedOutcome)> {
        self.last_answer().and_then(decoded)
    }

    /// An error that a success does not cure, although there is one: how often it was met, and the last time.
    ///
    /// Several clients may share the pod's address. What one of them sends wrongly, it sends wrongly each time, whoever else is
    /// served; any other error has to come back after successes to be one that comes and goes. Of several kinds it is the one met last.
    pub fn recurring_error(&self) -> Option<(AgentError, usize, &'e LoggedOutcome)> {
        let answers: Vec<_> = self.answers().map(|outcome| (outcome, decoded(outcome).map(|(kind, _)| kind))).collect();
        let given = |(_, kind): &(&LoggedOutcome, Option<AgentError>)| kind.is_none();
        let kinds: BTreeSet<AgentError> = answers.iter().filter_map(|(_, kind)| *kind).collect();
        let recurs = |kind: AgentError| {
            let met: Vec<usize> = (0..answers.len()).filter(|place| answers[*place].1 == Some(kind)).collect();
            let (first, last) = (*met.first()?, *met.last()?);
            // With nothing but successes between two of them they are two runs.
            let runs = 1 + met.windows(2).filter(|pair| answers[pair[0]..pair[1]].iter().any(given)).count();
            let recurs = if kind.is_of_client() {
                met.len() >= RECURS && answers[first..].iter().any(given)
            } else {
                runs >= RECURS
            };
            recurs.then(|| (kind, met.len(), answers[last].0))
        };
        kinds.into_iter().filter_map(recurs).max_by_key(|(_, _, last)| last.time)
    }

    /// Since when every answer was an error of this kind.
    pub fn refused_since(&self, kind: AgentError) -> Option<Timestamp> {
        let answers = self.outcomes.iter().rev().filter(|outcome| outcome.event != LoggedEvent::Requested);
        let same = |outcome: &&&LoggedOutcome| decoded(outcome).is_some_and(|(found, _)| found == kind);
        answers.take_while(same).last().map(|outcome| outcome.time)
    }

    /// The last error of a kind that nothing since has disproved: the pod's own last answer, or within the hour
    /// another's on the same node. An answer of EKS Auth to the pod, also one that refuses, shows that what others met
    /// before has passed.
    pub fn standing_error(&self, is_meant: impl Fn(AgentError) -> bool) -> Option<(AgentError, &'e LoggedOutcome)> {
        let own = self.last_error();
        let meant = |found: &(AgentError, &LoggedOutcome)| is_meant(found.0);
        let fetched = self.last_fetched();
        let stands = |found: &(AgentError, &LoggedOutcome)| fetched.is_none_or(|time| found.1.time >= time);
        let young = |found: &(AgentError, &LoggedOutcome)| self.now.duration_since(found.1.time) <= NODE_WINDOW;
        let others = self.log.node.errors.iter().filter(|error| error.time <= self.now).filter_map(decoded);
        let refused = own.filter(|(_, error)| is_answer_of_eks_auth(error)).map(|(_, error)| error.time);
        let newer = |found: &(AgentError, &LoggedOutcome)| refused.is_none_or(|time| found.1.time > time);
        let others = others.filter(meant).filter(young).filter(newer).max_by_key(|(_, error)| error.time);
        own.filter(meant).into_iter().chain(others).find(stands)
    }

    /// The last throttling of the last hour, whatever came after it.
    pub fn throttled_lately(&self) -> Option<(AgentError, &'e LoggedOutcome)> {
        let all = self.outcomes.iter().copied().chain(&self.log.node.errors).filter(|one| one.time <= self.now);
        let throttled = all.filter_map(decoded).filter(|(kind, _)| *kind == AgentError::Throttled);
        throttled.max_by_key(|(_, one)| one.time).filter(|(_, one)| self.now.duration_since(one.time) <= NODE_WINDOW)
    }

    /// When EKS Auth last gave credentials to any pod of the node.
    pub fn last_fetched(&self) -> Option<Timestamp> {
        let own = self.outcomes.iter().filter(|outcome| outcome.event == LoggedEvent::Fetched);
        own.map(|outcome| outcome.time).chain(self.log.node.fetched_by(self.now)).max()
    }

    /// Whether any call to EKS Auth is in the log, of whichever pod.
    pub fn tells_of_calls(&self) -> bool {
        self.outcomes.iter().any(|outcome| outcome.event == LoggedEvent::Failed)
            || self.last_fetched().is_some()
            || !self.log.node.errors.is_empty()
    }

    /// How long ago something was logged.
    pub fn age(&self, outcome: &LoggedOutcome) -> SignedDuration {
        self.now.duration_since(outcome.time)
    }
}

/// Without an answer the SDK writes the status 0.
fn is_answer_of_eks_auth(error: &LoggedOutcome) -> bool {
    error.error.as_deref().is_some_and(|text| text.contains("StatusCode: ") && !text.contains("StatusCode: 0"))
}

fn decoded(outcome: &LoggedOutcome) -> Option<(AgentError, &LoggedOutcome)> {
    let text = outcome.error.as_deref().filter(|_| outcome.event == LoggedEvent::Failed)?;
    Some((AgentError::read(text), outcome))
}
