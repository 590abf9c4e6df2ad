//! The times in the evidence as one ordered list, and which two of them decide where a check fails for a matter of time.

use Milestone::{
    AgentReady, AgentStarted, AssociationChanged, AssociationCreated, ContainerStarted, FirstFetched, LastFetched,
    LastRefused, NodeReady, PodCreated, PodScheduled, RoleCreated, ServiceAccountCreated, WebhookCreated,
};
use jiff::{SignedDuration, Timestamp};

use crate::checks::Check;
use crate::evidence::Milestone;
use crate::evidence::kubernetes::agent_log::LoggedEvent;
use crate::evidence::kubernetes::pod_status::{Condition, ContainerStatus};
use crate::evidence::kubernetes::webhook;
use crate::evidence::{AgentPod, Evidence, Pod, Source};
use crate::report::{Interval, Moment};

/// Differences between clocks that decide nothing.
const CLOCKS: SignedDuration = SignedDuration::from_secs(5);

/// Lists all that is known, oldest first.
pub fn of(evidence: &Evidence) -> Vec<Moment> {
    let mut list = List(Vec::new());
    list.surroundings(evidence);
    if let Ok(Some(pod)) = evidence.live_pod() {
        list.pod(pod);
        list.log(evidence, pod);
    }
    for agent in evidence.agent_pods.known().into_iter().flatten() {
        list.agent(agent);
    }
    list.0.sort_by(|one, other| {
        (one.time, one.milestone, &one.object).cmp(&(other.time, other.milestone, &other.object))
    });
    list.0
}

/// The span that decides where this check fails; none where the clocks could account for it.
pub fn interval(check: &Check, timeline: &[Moment]) -> Option<Interval> {
    let (one, other) = check.milestones?;
    let find = |milestone| timeline.iter().find(|moment| moment.milestone == milestone);
    let (one, other) = (find(one)?, find(other)?);
    let (from, to) = if one.time <= other.time { (one, other) } else { (other, one) };
    let interval = Interval { from: from.clone(), to: to.clone() };
    (interval.length() >= CLOCKS).then_some(interval)
}

struct List(Vec<Moment>);

impl List {
    fn add(&mut self, time: Option<Timestamp>, milestone: Milestone, object: &str, from: (Source, &'static str)) {
        let (source, field) = from;
        self.0.extend(time.map(|time| Moment { time, milestone, object: object.to_owned(), source, field }));
    }

    /// What was there, or changed, whichever pod is asked about.
    fn surroundings(&mut self, evidence: &Evidence) {
        let created = "metadata.creationTimestamp";
        for (configuration, _) in evidence.webhooks.known().map(|all| webhook::pod_identity(all)).unwrap_or_default() {
            let metadata = &configuration.metadata;
            self.add(metadata.creation_timestamp, WebhookCreated, &metadata.name, (Source::Webhooks, created));
        }
        if let Some(account) = evidence.service_account.present() {
            let metadata = &account.metadata;
            let from = (Source::ServiceAccount, created);
            self.add(metadata.creation_timestamp, ServiceAccountCreated, &metadata.name, from);
        }
        if let Some(role) = evidence.role.present() {
            self.add(role.create_date, RoleCreated, &role.role_name, (Source::Role, "CreateDate"));
        }
        if let Some(association) = evidence.association.present() {
            let (made, id) = (association.created_at, association.association_id.as_str());
            self.add(made, AssociationCreated, id, (Source::Association, "createdAt"));
            let changed = association.modified_at.filter(|time| made.is_none_or(|made| *time >= made + CLOCKS));
            self.add(changed, AssociationChanged, id, (Source::Association, "modifiedAt"));
        }
        if let Some(node) = evidence.node.present() {
            let ready = since("Ready", &node.status.conditions);
            self.add(ready, NodeReady, &node.metadata.name, (Source::Node, "status.conditions[Ready]"));
        }
    }

    fn pod(&mut self, pod: &Pod) {
        let (metadata, status) = (&pod.metadata, &pod.status);
        let from = (Source::Pod, "metadata.creationTimestamp");
        self.add(metadata.creation_timestamp, PodCreated, &metadata.name, from);
        let scheduled = since("PodScheduled", &status.conditions);
        self.add(scheduled, PodScheduled, &metadata.name, (Source::Pod, "status.conditions[PodScheduled]"));
        for container in status.all_containers() {
            let from = (Source::Pod, "state.running.startedAt");
            self.add(started(container), ContainerStarted, &container.name, from);
        }
    }

    fn agent(&mut self, agent: &AgentPod) {
        let own = agent.spec.agent().map(|container| container.name.as_str());
        let status = agent.status.container_statuses.iter().find(|status| Some(status.name.as_str()) == own);
        let name = &agent.metadata.name;
        self.add(status.and_then(started), AgentStarted, name, (Source::AgentPods, "state.running.startedAt"));
        let ready = since("Ready", &agent.status.conditions);
        self.add(ready, AgentReady, name, (Source::AgentPods, "status.conditions[Ready]"));
    }

    /// What the agent logged for this pod alone.
    fn log(&mut self, evidence: &Evidence, pod: &Pod) {
        let Ok(Ok(log)) = evidence.own_log() else { return };
        let times = |event| log.outcomes.iter().filter(move |one| one.event == event).map(|one| one.time);
        let from = (evidence.log_source(), "time");
        let (first, last) = (times(LoggedEvent::Fetched).min(), times(LoggedEvent::Fetched).max());
        self.add(first, FirstFetched, &pod.metadata.name, from);
        self.add(last.filter(|_| last != first), LastFetched, &pod.metadata.name, from);
        self.add(times(LoggedEvent::Failed).max(), LastRefused, &pod.metadata.name, from);
    }
}

/// Since when a condition holds.
fn since(kind: &str, conditions: &[Condition]) -> Option<Timestamp> {
    conditions.iter().find(|one| one.kind == kind && one.status == "True")?.last_transition_time
}

fn started(container: &ContainerStatus) -> Option<Timestamp> {
    container.state.as_ref()?.running.as_ref()?.started_at
}
