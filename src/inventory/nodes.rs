//! Joins nodes with the agents on them, and names the state of each by the checks of the doctor.

use std::collections::BTreeMap;

use super::probed;
use crate::checks::{Check, agent, eks_auth};
use crate::diagnose::{Options, Selection, diagnose};
use crate::evidence::context::Typed;
use crate::evidence::inventory::{NodeInventory, NodeLog, NodeLogError, NodePods};
use crate::evidence::kubernetes::agent::by_node;
use crate::evidence::kubernetes::agent_log::{AgentError, essence};
use crate::evidence::kubernetes::environment::{EnvValue, EnvVar};
use crate::evidence::kubernetes::metadata::{AGENT, FULL_URI, IPV4_URI};
use crate::evidence::kubernetes::node::Compute;
use crate::evidence::kubernetes::pod::{ContainerSpec, PodSpec};
use crate::evidence::kubernetes::pod_status::{Condition, PodStatus};
use crate::evidence::{AgentContainer, AgentLog, AgentPod, Evidence, Gap, Metadata, Node, Pod, Reading};
use crate::findings::remediation::addressed;
use crate::findings::remediation::shell;
use crate::findings::{Part, Severity};
use crate::report::nodes::{AgentState, NodeAgent, NodeFinding, NodeRequests, NodeRow, NodesReport, ProbeOutcome};
use crate::report::{CheckReport, Report, ReportRemediation, Status};
use crate::target::{Target, TargetKind};

/// Which rows are asked for; all of them, unless something is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct NodeFilter {
    /// Nodes whose agent is not ready, or fails.
    pub not_ready: bool,
    /// Nodes without an agent.
    pub without_agent: bool,
}

impl NodeFilter {
    /// Leaves out all other rows; what is not known of a node may be what is asked for, so it stays.
    pub fn apply(self, report: &mut NodesReport) {
        if self != Self::default() {
            let does_not_work =
                |row: &NodeRow| row.probe.as_ref().is_some_and(|probe| probe.outcome != ProbeOutcome::Works);
            report.rows.retain(|row| match row.state {
                _ if does_not_work(row) => true,
                AgentState::Missing => self.without_agent,
                AgentState::NotReady | AgentState::Failing => self.not_ready,
                AgentState::Unknown => true,
                _ => false,
            });
        }
    }
}

/// The checks that are asked of each node, with the state that a failure means.
const ASKED: &[(&Check, AgentState)] = &[
    (&agent::installed::CHECK, AgentState::Missing),
    (&agent::running_on_node::CHECK, AgentState::Missing),
    (&agent::ready::CHECK, AgentState::NotReady),
    (&agent::arguments::CHECK, AgentState::Failing),
    (&eks_auth::reachable::CHECK, AgentState::Failing),
    (&eks_auth::node_credentials::CHECK, AgentState::Failing),
    (&eks_auth::clock::CHECK, AgentState::Failing),
    (&eks_auth::not_throttled::CHECK, AgentState::Failing),
    (&agent::stable::CHECK, AgentState::Warning),
    (&agent::version::CHECK, AgentState::Warning),
];
/// Those without which the state is not known.
const DECIDE: usize = 3;

/// The rows of an inventory: nodes without a working agent first.
pub fn node_rows(inventory: &NodeInventory) -> NodesReport {
    let options = options();
    let agents = by_node(inventory.agent_pods.known().map_or(&[], Vec::as_slice));
    let nodes = inventory.nodes.known().into_iter().flatten();
    let mut rows: Vec<NodeRow> = nodes
        .map(|node| {
            let here = agents.get(node.metadata.name.as_str()).map_or(&[][..], Vec::as_slice);
            row(inventory, &options, node, here)
        })
        .collect();
    rows.sort_by(|one, other| (one.state, &one.name).cmp(&(other.state, &other.name)));
    let mut states: BTreeMap<AgentState, usize> = BTreeMap::new();
    for row in &rows {
        *states.entry(row.state).or_default() += 1;
    }
    NodesReport {
        collected_at: inventory.collected_at,
        duration_ms: inventory.duration_ms,
        requests: inventory.requests,
        context: inventory.context.clone(),
        counts_requests: inventory.has_logs || inventory.has_metrics,
        gaps: inventory.nodes.gap().into_iter().cloned().collect(),
        pods_gap: inventory.pods.gap().cloned(),
        row_gaps: rows.iter().filter_map(|row| row.gap.clone()).collect(),
        probe: inventory.probes.as_ref().map(|probes| probed::sum(probes, &rows)),
        rows,
        states: states.into_iter().collect(),
    }
}

/// Only what is asked is judged.
fn options() -> Options {
    let codes: Vec<String> = ASKED.iter().map(|(check, _)| check.code.to_string()).collect();
    // Codes of checks that there are name each a check.
    let selection = Selection::new(&codes, &[]).unwrap_or_default();
    Options { selection, ..Options::default() }
}

fn row(inventory: &NodeInventory, options: &Options, node: &Node, agents: &[&AgentPod]) -> NodeRow {
    let name = &node.metadata.name;
    let compute = node.compute();
    let pods = inventory.pods.known().map(|all| all.get(name));
    let log = inventory.logs.get(name);
    let metrics = inventory.metrics.get(name);
    let agent = counting(agents);
    let mut row = NodeRow {
        name: name.clone(),
        compute,
        state: AgentState::Unsupported,
        agent: agent.map(noted),
        pods: pods.map(|pods| pods.map_or(0, |pods| pods.number)),
        example: pods.flatten().map(|pods| pods.example.clone()),
        finding: None,
        log: log.and_then(Reading::known).map(requests),
        metrics: metrics.and_then(Reading::known).cloned(),
        gap: log.and_then(Reading::gap).or(metrics.and_then(Reading::gap)).cloned(),
        probe: probed::row(inventory, node),
    };
    if matches!(compute, Compute::Fargate | Compute::Windows) {
        return row;
    }
    let evidence = evidence(inventory, node, agents, pods.flatten());
    let report = diagnose(&evidence, options);
    (row.state, row.finding) = judge(&report, compute, agent, log.and_then(Reading::known));
    // An agent that does not run has no log to be missed.
    row.gap = row.gap.filter(|_| !row.state.is_unwell());
    if let Some(gap) = unknown(&report).filter(|_| row.state == AgentState::Unknown) {
        row.gap = Some(gap.clone());
    }
    row
}

/// The state, and what is wrong: the first check that fails, else what the log counts.
fn judge(
    report: &Report,
    compute: Compute,
    agent: Option<&AgentPod>,
    log: Option<&NodeLog>,
) -> (AgentState, Option<NodeFinding>) {
    let failed = ASKED.iter().find_map(|(check, state)| {
        let found = of(report, check).filter(|one| one.status == Status::Failed && one.severity != Severity::Note)?;
        let finding = found.findings.first()?;
        let state = match found.severity {
            // Beside the agent that is built in, another serves nobody.
            _ if compute == Compute::Auto => AgentState::Warning,
            // The doctor does not know it either.
            Severity::Error if finding.suspected => AgentState::Unknown,
            Severity::Error => *state,
            _ => AgentState::Warning,
        };
        let finding = NodeFinding {
            code: found.check.code,
            message: finding.message.clone(),
            remediation: match agent {
                Some(agent) if state == AgentState::NotReady => {
                    reading(&report.cluster.typed, agent, &finding.remediation)
                }
                _ => in_words(&finding.remediation),
            },
        };
        Some((state, Some(finding)))
    });
    match failed {
        Some(failed) => failed,
        None if unknown(report).is_some() => (AgentState::Unknown, None),
        None if compute == Compute::Auto && agent.is_none() => (AgentState::BuiltIn, None),
        None => match log.and_then(refused) {
            Some((state, finding)) => (state, Some(finding)),
            None => (AgentState::Ready, None),
        },
    }
}

/// Which EKS cluster it is, is not asked here: the doctor prints commands once that is known.
fn in_words(remedies: &[ReportRemediation]) -> Vec<ReportRemediation> {
    let in_words = |remedy: &ReportRemediation| match remedy.command {
        Some(_) => ReportRemediation { command: None, changes: String::new(), ..remedy.clone() },
        None => remedy.clone(),
    };
    remedies.iter().map(in_words).collect()
}

/// What to read about an agent that is not ready, and what helps in words.
fn reading(typed: &Typed, agent: &AgentPod, remedies: &[ReportRemediation]) -> Vec<ReportRemediation> {
    let (namespace, name) = (shell(&agent.metadata.namespace), shell(&agent.metadata.name));
    let read = |does: &str, command: &str| ReportRemediation {
        part: Part::Step,
        does: does.to_owned(),
        command: Some(addressed(typed, command)),
        changes: "changes nothing".to_owned(),
    };
    let container = agent.spec.agent().map_or(AGENT, |container| container.name.as_str());
    let log = format!("kubectl -n {namespace} logs {name} -c {} --previous", shell(container));
    let words = remedies.iter().filter(|remedy| remedy.command.is_none()).cloned();
    let events = format!("kubectl -n {namespace} describe pod {name}");
    words.chain([read("read the agent's log", &log), read("see the events of the agent pod", &events)]).collect()
}

/// An agent that served nobody and refused somebody is not well, whatever else is right with it.
fn refused(log: &NodeLog) -> Option<(AgentState, NodeFinding)> {
    let latest = log.errors.iter().max_by_key(|error| error.last).filter(|_| log.served == 0 && log.failed > 0)?;
    let concerns_node = |error: &NodeLogError| {
        error.kind().concerns_node() || matches!(error.kind(), AgentError::NotFound | AgentError::ServiceFault)
    };
    let (state, check) = match latest.kind() {
        _ if !log.errors.iter().all(concerns_node) => (AgentState::Warning, &agent::answered::CHECK),
        AgentError::AccessDenied => (AgentState::Failing, &eks_auth::node_role::CHECK),
        AgentError::NotFound => (AgentState::Failing, &agent::arguments::CHECK),
        _ => (AgentState::Failing, &agent::answered::CHECK),
    };
    let message = format!("the agent served none of {} requests: {}", log.failed, essence(&latest.text));
    Some((state, NodeFinding { code: check.code, message, remediation: Vec::new() }))
}

fn of<'r>(report: &'r Report, check: &Check) -> Option<&'r CheckReport> {
    report.checks.iter().find(|one| one.check.code == check.code)
}

/// Why the state is not known, if it is not.
fn unknown(report: &Report) -> Option<&Gap> {
    let decide = ASKED[..DECIDE].iter().filter_map(|(check, _)| of(report, check));
    decide.filter(|one| one.status == Status::Unknown).find_map(|one| one.gap.as_ref())
}

/// A node as the doctor sees it: with a pod on it that has the variables, and nothing else.
fn evidence(inventory: &NodeInventory, node: &Node, agents: &[&AgentPod], pods: Option<&NodePods>) -> Evidence {
    let (namespace, name) = pods.map(|pods| pods.example.clone()).unwrap_or_default();
    let target = Target { kind: TargetKind::Pod, namespace, name, is_selected: true, is_written: false };
    let log = inventory.logs.get(&node.metadata.name);
    let pod = any_pod(&target, node, log.and_then(Reading::known));
    let mut evidence = evidence_of(inventory, target, node, pod);
    evidence.agent_daemon_sets = inventory.agent_daemon_sets.clone();
    evidence.agent_pods = match &inventory.agent_pods {
        Reading::Known(_) => Reading::Known(agents.iter().map(|agent| (*agent).clone()).collect()),
        Reading::Unavailable(gap) => Reading::Unavailable(gap.clone()),
    };
    match log {
        Some(Reading::Known(log)) => evidence.agent_log = Reading::Known(of_node(log)),
        Some(Reading::Unavailable(gap)) => evidence.agent_log = Reading::Unavailable(gap.clone()),
        None => {}
    }
    evidence
}

/// A pod on a node, around which nothing was read.
pub(super) fn evidence_of(inventory: &NodeInventory, target: Target, node: &Node, pod: Pod) -> Evidence {
    let unread = |source| Gap::not_requested(source, "it is not read where nodes are listed");
    let mut evidence = Evidence::unread(target, inventory.context.clone(), inventory.collected_at, unread);
    evidence.pod = Reading::Known(Some(pod));
    evidence.node = Reading::Known(Some(node.clone()));
    evidence
}

/// A pod that asks the agent, and of which nothing else is known.
fn any_pod(target: &Target, node: &Node, log: Option<&NodeLog>) -> Pod {
    let uri = EnvVar { name: FULL_URI.to_owned(), value: EnvValue::Shown(IPV4_URI.to_owned()) };
    let container = ContainerSpec { name: "any".to_owned(), env: vec![uri], ..ContainerSpec::default() };
    // Since when the log is read, no earlier line is there to count.
    let scheduled = Condition {
        kind: "PodScheduled".to_owned(),
        status: "True".to_owned(),
        last_transition_time: log.map(|log| log.since),
        ..Condition::default()
    };
    Pod {
        metadata: Metadata { namespace: target.namespace.clone(), name: target.name.clone(), ..Metadata::default() },
        spec: PodSpec {
            node_name: Some(node.metadata.name.clone()),
            containers: vec![container],
            ..PodSpec::default()
        },
        status: PodStatus { conditions: vec![scheduled], ..PodStatus::default() },
        from_template: false,
    }
}

/// What an agent's log says of its node, whichever pod asked.
fn of_node(log: &NodeLog) -> AgentLog {
    AgentLog { node: log.node.clone(), last_words: log.last_words.clone(), ..AgentLog::default() }
}

/// The agent pod that counts: one that stays and is ready, else the newest that stays, else the newest.
fn counting<'p>(agents: &[&'p AgentPod]) -> Option<&'p AgentPod> {
    let rank = |pod: &&&AgentPod| {
        let stays = pod.metadata.deletion_timestamp.is_none();
        (stays, pod.is_ready(), pod.metadata.creation_timestamp)
    };
    agents.iter().max_by_key(rank).copied()
}

fn noted(pod: &AgentPod) -> NodeAgent {
    let statuses = &pod.status.container_statuses;
    NodeAgent {
        namespace: pod.metadata.namespace.clone(),
        name: pod.metadata.name.clone(),
        version: pod.spec.agent().and_then(AgentContainer::version).map(|version| version.to_string()),
        ready: (statuses.iter().filter(|status| status.ready).count(), pod.spec.containers.len()),
        restarts: statuses.iter().map(|status| status.restart_count).sum(),
    }
}

fn requests(log: &NodeLog) -> NodeRequests {
    NodeRequests { since: log.since, served: log.served, failed: log.failed, errors: log.errors.clone() }
}
