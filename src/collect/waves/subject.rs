//! Waves 2 and 3: what belongs to one pod, or to one service account without a pod.

use std::sync::Arc;

use futures::join;

use crate::collect::beyond::active;
use crate::collect::read::agent::LogQuery;
use crate::collect::read::{agent, events, kubernetes, owner, workload_pods};
use crate::collect::session::Session;
use crate::collect::waves::node_role::{self, NodeRoleParts};
use crate::collect::waves::roles;
use crate::collect::waves::surroundings::{Surroundings, once};
use crate::evidence::kubernetes::agent::namespaces;
use crate::evidence::{
    AgentLog, AgentPod, Associations, Evidence, FailedCreation, Gap, GapReason, Node, Owner, Pod, PodEvent, Reading,
    Siblings, Source,
};
use crate::target::{Target, TargetKind};

/// What stands at the beginning of wave 2.
pub struct Subject {
    /// What is diagnosed.
    pub target: Target,
    /// The pod, the template that stands for it, or nothing.
    pub pod: Reading<Option<Pod>>,
    /// The owner, where it is known already: the target is a workload.
    pub owner: Option<Owner>,
    /// Names like the target's, where it was not found.
    pub similar_names: Reading<Vec<String>>,
}

/// Collects the evidence about one subject.
pub async fn collect(session: &Session, around: &Surroundings<'_>, subject: Subject) -> Evidence {
    let is_readable = match (&subject.pod, subject.target.kind) {
        (Reading::Known(Some(_)), _) | (Reading::Known(None), TargetKind::ServiceAccount) => true,
        (Reading::Known(None) | Reading::Unavailable(_), _) => false,
    };
    // What cannot be asked waits for the target, which is not there or cannot be read.
    let first = subject.pod.gap().cloned();
    let first = first.unwrap_or_else(|| Gap::not_requested(Source::Pod, "the target was not found"));
    let context = session.context.clone();
    let mut evidence = Evidence::unread(subject.target.clone(), context, session.now(), |source| {
        if source.goes_beyond_reading() { active::not_asked(source) } else { Gap::blocked_by(source, &first) }
    });
    let more = if is_readable { of_pod(session, around, &subject, &mut evidence).await } else { None };
    around.answered().await.fill(&mut evidence);
    if let Some(associations) = more {
        evidence.associations = associations;
    }
    evidence.pod = subject.pod;
    evidence.similar_names = subject.similar_names;
    evidence.collected_at = session.now();
    evidence.duration_ms = session.elapsed_ms();
    evidence.requests = session.requests();
    active::ask(session, evidence).await
}

/// Reads everything that depends on the pod; gives the associations where more had to be read than the first page.
async fn of_pod(
    session: &Session,
    around: &Surroundings<'_>,
    subject: &Subject,
    evidence: &mut Evidence,
) -> Option<Reading<Associations>> {
    let client = &session.kubernetes;
    let namespace = &subject.target.namespace;
    let pod = subject.pod.present();
    let account = match pod {
        Some(pod) => pod.service_account(),
        None => &subject.target.name,
    };
    let one = once(session.once(
        Source::ServiceAccount,
        format!("{namespace}/{account}"),
        kubernetes::service_account(client, namespace, account),
    ));
    let assigned = once(roles::read_assigned(session, around, namespace, account));
    let irsa = roles::read_web_identity(session, around, pod, one.clone(), assigned.clone());
    let accounts = async {
        let one = one.await;
        let others = match &one {
            Reading::Known(None) => {
                session.once(Source::ServiceAccounts, namespace, kubernetes::service_accounts(client, namespace)).await
            }
            _ => {
                Reading::Unavailable(Gap::not_requested(Source::ServiceAccounts, "the service account was not missing"))
            }
        };
        (one, others)
    };
    let owners_and_events = async {
        let (owner, job) = owners(session, subject).await;
        let events = failed_creations(session, subject, &owner).await;
        (owner, job, events)
    };
    let siblings_and_node = async {
        let read = workload_pods::read_siblings(client, namespace, account);
        let siblings = async {
            match session.once(Source::Siblings, format!("{namespace}/{account}"), read).await {
                Reading::Known((siblings, newest)) => (Reading::Known(siblings), newest),
                Reading::Unavailable(gap) => (Reading::Unavailable(gap), None),
            }
        };
        if subject.target.kind != TargetKind::ServiceAccount {
            let ((siblings, _), node) = join!(siblings, node_side(session, around, pod, account));
            return (siblings, None, node);
        }
        let (siblings, representative) = siblings.await;
        let node = account_side(session, around, &siblings, representative.as_ref()).await;
        (siblings, representative, node)
    };
    let ((siblings, representative, node), accounts, owners, warnings, config_maps, secrets, assigned, irsa) = join!(
        siblings_and_node,
        accounts,
        owners_and_events,
        pod_events(session, subject),
        kubernetes::config_maps_of(session, pod, namespace),
        kubernetes::secrets_of(session, pod, namespace),
        assigned,
        irsa,
    );
    (evidence.service_account, evidence.service_accounts) = accounts;
    (evidence.siblings, evidence.representative) = (siblings, representative);
    (evidence.owner, evidence.job, evidence.events) = owners;
    evidence.pod_events = warnings;
    (evidence.config_maps, evidence.secrets) = (config_maps, secrets);
    (evidence.irsa_role, evidence.identity_providers, evidence.identity_provider) = irsa;
    node.fill(evidence);
    let (more, association, role, settings) = assigned;
    (evidence.association, evidence.role) = (association, role);
    settings.fill(evidence);
    more
}

async fn owners(session: &Session, subject: &Subject) -> (Reading<Option<Owner>>, Reading<Option<Owner>>) {
    if let Some(owner) = &subject.owner {
        let is_job = owner.api_version.starts_with("batch/");
        let (workload, job) = if is_job { (None, Some(owner.clone())) } else { (Some(owner.clone()), None) };
        return (Reading::Known(workload), Reading::Known(job));
    }
    match subject.pod.present() {
        Some(pod) => {
            let read = async { Reading::Known(owner::read(&session.kubernetes, pod).await) };
            match session.once(Source::Owner, owner_key(pod), read).await {
                Reading::Known(both) => both,
                Reading::Unavailable(gap) => {
                    let job = Gap { source: Source::Job, ..gap.clone() };
                    (Reading::Unavailable(gap), Reading::Unavailable(job))
                }
            }
        }
        None => (Reading::Known(None), Reading::Known(None)),
    }
}

/// Pods of one owner have one answer, but what is read of the owner depends on whether its pod has what it needs.
fn owner_key(pod: &Pod) -> String {
    let owner = pod.metadata.controller().map(|owner| format!("{} {}/{}", owner.api_version, owner.kind, owner.name));
    let is_whole = pod.containers().all(|one| one.is_injected() || one.has_web_identity_variables());
    format!("{}/{} {is_whole}", pod.metadata.namespace, owner.unwrap_or_else(|| pod.metadata.name.clone()))
}

/// Asks for the failures of whatever makes the pods, where pods may be missing.
async fn failed_creations(
    session: &Session,
    subject: &Subject,
    owner: &Reading<Option<Owner>>,
) -> Reading<Vec<FailedCreation>> {
    let stands_for_pods = subject.owner.is_some() || subject.target.kind == TargetKind::ServiceAccount;
    let lacks_some = owner.present().and_then(|owner| owner.missing_pods).is_some_and(|missing| missing > 0);
    match owner {
        Reading::Unavailable(gap) if !stands_for_pods => Reading::Unavailable(Gap::blocked_by(Source::Events, gap)),
        _ if stands_for_pods || lacks_some => {
            let namespace = &subject.target.namespace;
            session.once(Source::Events, namespace, events::read(&session.kubernetes, namespace)).await
        }
        _ => Reading::Unavailable(Gap::not_requested(Source::Events, "no pod is known to be missing")),
    }
}

/// Asks for the warnings about a pod that does not start.
async fn pod_events(session: &Session, subject: &Subject) -> Reading<Vec<PodEvent>> {
    let waiting = subject.pod.present().filter(|pod| pod.waits_to_start_since(session.now()).is_some());
    match (waiting, &subject.pod) {
        (Some(pod), _) => session.run.ask(Source::PodEvents, events::of_pod(&session.kubernetes, &pod.metadata)).await,
        (None, Reading::Unavailable(gap)) => Reading::Unavailable(Gap::blocked_by(Source::PodEvents, gap)),
        _ => Reading::Unavailable(Gap::not_requested(Source::PodEvents, "the pod has started")),
    }
}

/// The node, the agent on it, and the node's role.
struct NodeSide {
    node: Reading<Option<Node>>,
    agent_pods: Reading<Vec<AgentPod>>,
    agent_log: Reading<AgentLog>,
    role: NodeRoleParts,
}

impl NodeSide {
    fn fill(self, evidence: &mut Evidence) {
        evidence.node = self.node;
        evidence.agent_pods = self.agent_pods;
        evidence.agent_log = self.agent_log;
        self.role.fill(evidence);
    }
}

/// The node, and beside it the agent on it with its log; then the node's role, if the log does not prove it.
async fn node_side(session: &Session, around: &Surroundings<'_>, pod: Option<&Pod>, account: &str) -> NodeSide {
    let Some((pod, name)) = pod.and_then(|pod| Some((pod, pod.spec.node_name.as_deref()?))) else {
        return without_node(not_asked(Source::AgentPods), not_asked(Source::AgentLog));
    };
    let (node, (agent_pods, agent_log)) = join!(
        session.once(Source::Node, name, kubernetes::node(&session.kubernetes, name)),
        agent_side(session, around, pod, name)
    );
    let role = node_role::read(session, around, (Some(pod), account), &node, &agent_log).await;
    NodeSide { node, agent_pods, agent_log, role }
}

/// The agent pods on the node of a pod, and their log.
async fn agent_side(
    session: &Session,
    around: &Surroundings<'_>,
    pod: &Pod,
    node: &str,
) -> (Reading<Vec<AgentPod>>, Reading<AgentLog>) {
    let sets = around.agent_daemon_sets.clone().await;
    let namespaces = namespaces(sets.known().map(Vec::as_slice).unwrap_or_default());
    let read = kubernetes::agent_pods(&session.kubernetes, &namespaces, node);
    let pods = session.once(Source::AgentPods, format!("{node} {}", namespaces.join(" ")), read).await;
    let query = match LogQuery::of(Some(pod)) {
        Ok(query) => query,
        Err(why) => return (pods, Reading::Unavailable(Gap::not_requested(Source::AgentLog, why))),
    };
    let queries = session.log_queries.beside(node, &query);
    let alone = if queries.len() == 1 { pod.metadata.uid.as_str() } else { "" };
    // The semaphore is never closed, so a missing permit cannot happen and would only mean "go on".
    let turn = async || session.log_queries.turns.acquire().await.ok();
    let read = async {
        let _turn = turn().await;
        Reading::Known(Arc::new(agent::read_logs(&session.kubernetes, &queries, &pods, session.now()).await))
    };
    let shared = match session.once(Source::AgentLog, format!("{node} {alone}"), read).await {
        Reading::Known(logs) => logs.of(&query),
        Reading::Unavailable(gap) => Reading::Unavailable(gap),
    };
    let is_late = shared.gap().is_some_and(|gap| gap.reason == GapReason::TimedOut);
    if !is_late || queries.len() == 1 {
        return (pods, shared);
    }
    // The log of the oldest pod's life is long; that of this pod's may not be.
    let read = async {
        let _turn = turn().await;
        agent::read_log(&session.kubernetes, Some(pod), &pods, session.now()).await
    };
    let own = session.run.ask(Source::AgentLog, read).await;
    (pods, own)
}

/// The agent of the pod that represents a service account, with its log. Its node says nothing of the next pod's.
async fn account_side(
    session: &Session,
    around: &Surroundings<'_>,
    siblings: &Reading<Siblings>,
    representative: Option<&Pod>,
) -> NodeSide {
    if let Reading::Unavailable(gap) = siblings {
        return without_node(
            not_asked(Source::AgentPods),
            Reading::Unavailable(Gap::blocked_by(Source::AgentLog, gap)),
        );
    }
    let Some((pod, node)) = representative.and_then(|pod| Some((pod, pod.spec.node_name.as_deref()?))) else {
        let why = "no pod of the service account has started yet";
        let log = Reading::Unavailable(Gap::not_requested(Source::AgentLog, why));
        return without_node(not_asked(Source::AgentPods), log);
    };
    let (agent_pods, agent_log) = agent_side(session, around, pod, node).await;
    without_node(agent_pods, agent_log)
}

/// Nothing of a node but an agent.
fn without_node(agent_pods: Reading<Vec<AgentPod>>, agent_log: Reading<AgentLog>) -> NodeSide {
    NodeSide { node: not_asked(Source::Node), agent_pods, agent_log, role: NodeRoleParts::none(no_node) }
}

fn not_asked<T>(source: Source) -> Reading<T> {
    Reading::Unavailable(no_node(source))
}

fn no_node(source: Source) -> Gap {
    Gap::not_requested(source, "there is no node yet")
}
