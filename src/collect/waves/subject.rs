//! Waves 2 and 3: what belongs to one pod, or to one service account without a pod.

use futures::join;

use crate::collect::beyond::active;
use crate::collect::read::agent_log;
use crate::collect::read::environment;
use crate::collect::read::events;
use crate::collect::read::kubernetes;
use crate::collect::read::owner;
use crate::collect::read::siblings;
use crate::collect::session::Session;
use crate::collect::waves::assigned_role;
use crate::collect::waves::node_role::{self, NodeRoleParts};
use crate::collect::waves::surroundings::{Answered, Surroundings, once};
use crate::collect::waves::target_role;
use crate::collect::waves::web_identity;
use crate::evidence::kubernetes::agent::namespaces;
use crate::evidence::{
    AgentLog, AgentPod, Association, Associations, ConfigMaps, ContextKeys, Evidence, FailedCreation, Gap,
    IdentityProviders, Node, Owner, Pod, Reading, Role, Secrets, ServiceAccount, Siblings, Simulation, Source, saved,
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
    let readable = match (&subject.pod, subject.target.kind) {
        (Reading::Known(Some(_)), _) | (Reading::Known(None), TargetKind::ServiceAccount) => true,
        (Reading::Known(None) | Reading::Unavailable(_), _) => false,
    };
    let parts = if readable { parts(session, around, &subject).await } else { Parts::behind(&subject) };
    let evidence = assemble(session, around.answered().await, subject, parts);
    active::ask(session, evidence).await
}

/// Everything that depends on the pod.
struct Parts {
    service_account: Reading<Option<ServiceAccount>>,
    service_accounts: Reading<Vec<String>>,
    siblings: Reading<Siblings>,
    representative: Option<Pod>,
    owner: Reading<Option<Owner>>,
    job: Reading<Option<Owner>>,
    events: Reading<Vec<FailedCreation>>,
    config_maps: Reading<ConfigMaps>,
    secrets: Reading<Secrets>,
    node: Reading<Option<Node>>,
    agent_pods: Reading<Vec<AgentPod>>,
    agent_log: Reading<AgentLog>,
    node_role: NodeRoleParts,
    associations: Option<Reading<Associations>>,
    association: Reading<Option<Association>>,
    role: Reading<Option<Role>>,
    irsa_role: Reading<Option<Role>>,
    identity_providers: Reading<IdentityProviders>,
    target_role: Reading<Option<Role>>,
    target_role_simulation: Reading<Vec<Simulation>>,
    role_context_keys: Reading<ContextKeys>,
}

async fn parts(session: &Session, around: &Surroundings<'_>, subject: &Subject) -> Parts {
    let run = session.run;
    let client = &session.kubernetes;
    let namespace = &subject.target.namespace;
    let pod = subject.pod.present();
    let account = match pod {
        Some(pod) => pod.service_account(),
        None => &subject.target.name,
    };
    let one = once(run.ask(Source::ServiceAccount, kubernetes::service_account(client, namespace, account)));
    let assigned = once(assigned_role::read(session, around, namespace, account));
    let irsa = web_identity::read(session, around, pod, one.clone(), assigned.clone());
    let accounts = async {
        let one = one.await;
        let others = match &one {
            Reading::Known(None) => {
                run.ask(Source::ServiceAccounts, kubernetes::service_accounts(client, namespace)).await
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
        let read = siblings::read(client, namespace, account);
        let siblings = async {
            match run.ask(Source::Siblings, read).await {
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
    let (
        (service_account, service_accounts),
        (siblings, representative, (node, agent_pods, agent_log, node_role)),
        (owner, job, events),
        config_maps,
        secrets,
        (associations, association, role, (target_role, target_role_simulation, role_context_keys)),
        (irsa_role, identity_providers),
    ) = join!(
        accounts,
        siblings_and_node,
        owners_and_events,
        environment::config_maps(session, pod, namespace),
        environment::secrets(session, pod, namespace),
        assigned,
        irsa,
    );
    Parts {
        service_account,
        service_accounts,
        siblings,
        representative,
        owner,
        job,
        events,
        config_maps,
        secrets,
        node,
        agent_pods,
        agent_log,
        node_role,
        associations,
        association,
        role,
        irsa_role,
        identity_providers,
        target_role,
        target_role_simulation,
        role_context_keys,
    }
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
            match session.run.ask(Source::Owner, read).await {
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

/// Asks for the failures of whatever makes the pods, where pods may be missing.
async fn failed_creations(
    session: &Session,
    subject: &Subject,
    owner: &Reading<Option<Owner>>,
) -> Reading<Vec<FailedCreation>> {
    let stands_for_pods = subject.owner.is_some() || subject.target.kind == TargetKind::ServiceAccount;
    let lacks_some = owner.present().and_then(|owner| owner.missing_pods).is_some_and(|missing| missing > 0);
    match owner {
        Reading::Unavailable(gap) if !stands_for_pods => Reading::Unavailable(Gap::behind(Source::Events, gap)),
        _ if stands_for_pods || lacks_some => {
            session.run.ask(Source::Events, events::read(&session.kubernetes, &subject.target.namespace)).await
        }
        _ => Reading::Unavailable(Gap::not_requested(Source::Events, "no pod is known to be missing")),
    }
}

type NodeSide = (Reading<Option<Node>>, Reading<Vec<AgentPod>>, Reading<AgentLog>, NodeRoleParts);

/// The node, and beside it the agent on it with its log; then the node's role, if the log does not prove it.
async fn node_side(session: &Session, around: &Surroundings<'_>, pod: Option<&Pod>, account: &str) -> NodeSide {
    let Some((pod, name)) = pod.and_then(|pod| Some((pod, pod.spec.node_name.as_deref()?))) else {
        return without_node(not_asked(Source::AgentPods), not_asked(Source::AgentLog));
    };
    let (node, (agent_pods, agent_log)) = join!(
        session.run.ask(Source::Node, kubernetes::node(&session.kubernetes, name)),
        agent_side(session, around, pod, name)
    );
    let node_role = node_role::read(session, around, (Some(pod), account), &node, &agent_log).await;
    (node, agent_pods, agent_log, node_role)
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
    let pods = session.run.ask(Source::AgentPods, read).await;
    let read = agent_log::read(&session.kubernetes, Some(pod), &pods, session.now());
    let log = session.run.ask(Source::AgentLog, read).await;
    (pods, log)
}

/// The agent of the pod that represents a service account, with its log. Its node says nothing of the next pod's.
async fn account_side(
    session: &Session,
    around: &Surroundings<'_>,
    siblings: &Reading<Siblings>,
    representative: Option<&Pod>,
) -> NodeSide {
    if let Reading::Unavailable(gap) = siblings {
        return without_node(not_asked(Source::AgentPods), Reading::Unavailable(Gap::behind(Source::AgentLog, gap)));
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
    (not_asked(Source::Node), agent_pods, agent_log, NodeRoleParts::none(no_node))
}

fn not_asked<T>(source: Source) -> Reading<T> {
    Reading::Unavailable(no_node(source))
}

fn no_node(source: Source) -> Gap {
    Gap::not_requested(source, "there is no node yet")
}

impl Parts {
    /// All that could not be asked, because the target is not there or cannot be read.
    fn behind(subject: &Subject) -> Self {
        let first = subject.pod.gap().cloned();
        let first = first.unwrap_or_else(|| Gap::not_requested(Source::Pod, "the target was not found"));
        let gap = |source| Gap::behind(source, &first);
        let (irsa_role, identity_providers) = web_identity::behind(&first);
        let (target_role, target_role_simulation, role_context_keys) = target_role::none(gap);
        Self {
            service_account: Reading::Unavailable(gap(Source::ServiceAccount)),
            service_accounts: Reading::Unavailable(gap(Source::ServiceAccounts)),
            siblings: Reading::Unavailable(gap(Source::Siblings)),
            representative: None,
            owner: Reading::Unavailable(gap(Source::Owner)),
            job: Reading::Unavailable(gap(Source::Job)),
            events: Reading::Unavailable(gap(Source::Events)),
            config_maps: Reading::Unavailable(gap(Source::ConfigMaps)),
            secrets: Reading::Unavailable(gap(Source::Secrets)),
            node: Reading::Unavailable(gap(Source::Node)),
            agent_pods: Reading::Unavailable(gap(Source::AgentPods)),
            agent_log: Reading::Unavailable(gap(Source::AgentLog)),
            node_role: NodeRoleParts::none(gap),
            associations: None,
            association: Reading::Unavailable(gap(Source::Association)),
            role: Reading::Unavailable(gap(Source::Role)),
            irsa_role,
            identity_providers,
            target_role,
            target_role_simulation,
            role_context_keys,
        }
    }
}

fn assemble(session: &Session, around: Answered, subject: Subject, parts: Parts) -> Evidence {
    Evidence {
        api_version: saved::API_VERSION.to_owned(),
        kind: saved::KIND.to_owned(),
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        collected_at: session.now(),
        duration_ms: session.elapsed_ms(),
        requests: session.requests(),
        target: subject.target,
        context: around.context,
        pod: subject.pod,
        similar_names: subject.similar_names,
        service_account: parts.service_account,
        service_accounts: parts.service_accounts,
        siblings: parts.siblings,
        representative: parts.representative,
        owner: parts.owner,
        job: parts.job,
        events: parts.events,
        config_maps: parts.config_maps,
        secrets: parts.secrets,
        root_certificates: around.root_certificates,
        namespace: around.namespace,
        node: parts.node,
        network_policies: around.network_policies,
        network_engines: around.network_engines,
        cilium_network_policies: around.cilium.network_policies,
        cilium_clusterwide_network_policies: around.cilium.clusterwide_network_policies,
        cilium_config: around.cilium.config,
        agent_daemon_sets: around.agent_daemon_sets,
        agent_pods: parts.agent_pods,
        webhooks: around.webhooks,
        version: around.version,
        cluster: around.cluster,
        associations: parts.associations.unwrap_or(around.associations),
        association: parts.association,
        add_on: around.add_on,
        caller_identity: around.caller_identity,
        role: parts.role,
        irsa_role: parts.irsa_role,
        identity_providers: parts.identity_providers,
        target_role: parts.target_role,
        target_role_simulation: parts.target_role_simulation,
        role_context_keys: parts.role_context_keys,
        agent_log: parts.agent_log,
        node_group: parts.node_role.node_group,
        node_class: parts.node_role.node_class,
        ec2_node_class: parts.node_role.ec2_node_class,
        instance_profile: parts.node_role.instance_profile,
        access_entries: parts.node_role.access_entries,
        node_access_entries: parts.node_role.node_access_entries,
        aws_auth: parts.node_role.aws_auth,
        node_role_simulation: parts.node_role.simulation,
        canary: Reading::Unavailable(active::not_asked(Source::Canary)),
        bound_token: Reading::Unavailable(active::not_asked(Source::BoundToken)),
        assume: Reading::Unavailable(active::not_asked(Source::Assume)),
        probe: Reading::Unavailable(active::not_asked(Source::Probe)),
        side_effects: Vec::new(),
    }
}
