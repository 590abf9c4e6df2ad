//! Waves 2 and 3: what belongs to one pod, or to one service account without a pod.

use futures::join;

use super::clients::AwsClients;
use super::session::Session;
use super::surroundings::Surroundings;
use super::{agent_log, eks, iam, kubernetes, owner};
use crate::evidence::{
    AgentLog, AgentPod, Association, Associations, Evidence, Gap, Node, Owner, Pod, Reading, Role, ServiceAccount,
    Source, saved,
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
pub async fn collect(session: &Session, around: &Surroundings, subject: Subject) -> Evidence {
    let readable = match (&subject.pod, subject.target.kind) {
        (Reading::Known(Some(_)), _) | (Reading::Known(None), TargetKind::ServiceAccount) => true,
        (Reading::Known(None) | Reading::Unavailable(_), _) => false,
    };
    let parts = if readable { parts(session, around, &subject).await } else { Parts::behind(&subject) };
    assemble(session, around, subject, parts)
}

/// Everything that depends on the pod.
struct Parts {
    service_account: Reading<Option<ServiceAccount>>,
    service_accounts: Reading<Vec<String>>,
    owner: Reading<Option<Owner>>,
    job: Reading<Option<Owner>>,
    config_maps: Reading<crate::evidence::ConfigMaps>,
    node: Reading<Option<Node>>,
    agent_pods: Reading<Vec<AgentPod>>,
    agent_log: Reading<AgentLog>,
    associations: Option<Reading<Associations>>,
    association: Reading<Option<Association>>,
    role: Reading<Option<Role>>,
}

async fn parts(session: &Session, around: &Surroundings, subject: &Subject) -> Parts {
    let run = session.run;
    let client = &session.kubernetes;
    let namespace = &subject.target.namespace;
    let pod = subject.pod.present();
    let account = match pod {
        Some(pod) => pod.service_account(),
        None => &subject.target.name,
    };
    let accounts = async {
        let one = run.ask(Source::ServiceAccount, kubernetes::service_account(client, namespace, account)).await;
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
    let (
        (service_account, service_accounts),
        (owner, job),
        config_maps,
        (node, agent_pods, agent_log),
        (associations, association, role),
    ) = join!(
        accounts,
        owners(session, subject),
        config_maps(session, subject),
        node_side(session, around, pod),
        aws_chain(session, around, namespace, account),
    );
    Parts {
        service_account,
        service_accounts,
        owner,
        job,
        config_maps,
        node,
        agent_pods,
        agent_log,
        associations,
        association,
        role,
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

async fn config_maps(session: &Session, subject: &Subject) -> Reading<crate::evidence::ConfigMaps> {
    let mut wanted: Vec<String> = Vec::new();
    for container in subject.pod.present().into_iter().flat_map(Pod::containers) {
        let whole = container.env_from.iter().filter_map(|from| from.config_map_ref.as_ref()).map(|one| &one.name);
        let keys = container.env.iter().filter_map(|variable| match &variable.value {
            crate::evidence::environment::EnvValue::ConfigMapKey(reference) => Some(&reference.name),
            _ => None,
        });
        wanted.extend(whole.chain(keys).cloned());
    }
    wanted.sort();
    wanted.dedup();
    let read = kubernetes::config_maps(&session.kubernetes, &subject.target.namespace, &wanted);
    session.run.ask(Source::ConfigMaps, read).await
}

type NodeSide = (Reading<Option<Node>>, Reading<Vec<AgentPod>>, Reading<AgentLog>);

/// The node, and beside it the agent on it with its log.
async fn node_side(session: &Session, around: &Surroundings, pod: Option<&Pod>) -> NodeSide {
    let Some(name) = pod.and_then(|pod| pod.spec.node_name.as_deref()) else {
        let gap = |source| Gap::not_requested(source, "there is no node yet");
        return (
            Reading::Unavailable(gap(Source::Node)),
            Reading::Unavailable(gap(Source::AgentPods)),
            Reading::Unavailable(gap(Source::AgentLog)),
        );
    };
    let sets = around.agent_daemon_sets.known();
    let namespace = sets.and_then(|sets| sets.first()).map_or("kube-system", |set| set.metadata.namespace.as_str());
    let agents = async {
        let pods =
            session.run.ask(Source::AgentPods, kubernetes::agent_pods(&session.kubernetes, namespace, name)).await;
        let read = agent_log::read(&session.kubernetes, pod, &pods, session.now());
        let log = session.run.ask(Source::AgentLog, read).await;
        (pods, log)
    };
    let (node, (agent_pods, agent_log)) =
        join!(session.run.ask(Source::Node, kubernetes::node(&session.kubernetes, name)), agents);
    (node, agent_pods, agent_log)
}

type AwsChain = (Option<Reading<Associations>>, Reading<Option<Association>>, Reading<Option<Role>>);

/// From the list of associations to the one association to its role.
async fn aws_chain(session: &Session, around: &Surroundings, namespace: &str, account: &str) -> AwsChain {
    let (Some(clients), Some(cluster)) = (&around.clients, &around.context.eks_cluster) else {
        return behind_list(&around.aws.associations);
    };
    let Some(first_page) = around.aws.associations.known() else { return behind_list(&around.aws.associations) };
    let mut widened = None;
    let mut row = first_page.of(namespace, account).cloned();
    if row.is_none() {
        let list = more_associations(session, clients, &cluster.value, first_page, (namespace, account)).await;
        row = list.known().and_then(|list| list.of(namespace, account)).cloned();
        widened = Some(list);
    }
    let Some(row) = row else {
        return match widened.as_ref().and_then(Reading::gap) {
            Some(gap) => {
                let (_, association, role) = behind_list(&Reading::Unavailable(gap.clone()));
                (widened, association, role)
            }
            None => (widened, Reading::Known(None), no_role("there is no association")),
        };
    };
    let read = eks::association(clients, &cluster.value, &row.association_id);
    let association = session.run.ask(Source::Association, read).await;
    let role = match &association {
        Reading::Known(Some(association)) => {
            let read = iam::role(clients, &around.aws.caller_identity, &association.role_arn);
            session.run.ask(Source::Role, read).await
        }
        Reading::Known(None) => no_role("there is no association"),
        Reading::Unavailable(gap) => Reading::Unavailable(Gap::behind(Source::Role, gap)),
    };
    (widened, association, role)
}

/// Looks again where the first page has no row: for this service account by name, then for near misses everywhere.
async fn more_associations(
    session: &Session,
    clients: &AwsClients,
    cluster: &str,
    first_page: &Associations,
    (namespace, account): (&str, &str),
) -> Reading<Associations> {
    let ask = |read| session.run.ask(Source::Associations, read);
    let mut known = first_page.clone();
    if !known.complete {
        let one = eks::associations(clients, cluster, Some(namespace), Some(account), false);
        match session.run.ask(Source::Associations, one).await {
            Reading::Known(found) => {
                known.asked_for = found.asked_for;
                known.associations.extend(found.associations);
            }
            refused @ Reading::Unavailable(_) => return refused,
        }
        if known.of(namespace, account).is_some() {
            return Reading::Known(known);
        }
    }
    match ask(eks::associations(clients, cluster, None, None, true)).await {
        // What was answered for this service account stands, whatever became of the wider search.
        Reading::Unavailable(_) => Reading::Known(known),
        Reading::Known(all) => Reading::Known(Associations { asked_for: known.asked_for, ..all }),
    }
}

fn no_role(why: &str) -> Reading<Option<Role>> {
    Reading::Unavailable(Gap::not_requested(Source::Role, why))
}

fn behind_list(list: &Reading<Associations>) -> AwsChain {
    let fallback = || Gap::not_requested(Source::Associations, "the EKS cluster is not known");
    let gap = list.gap().cloned().unwrap_or_else(fallback);
    (
        None,
        Reading::Unavailable(Gap::behind(Source::Association, &gap)),
        Reading::Unavailable(Gap::behind(Source::Role, &gap)),
    )
}

impl Parts {
    /// All that could not be asked, because the target is not there or cannot be read.
    fn behind(subject: &Subject) -> Self {
        let first = subject.pod.gap().cloned();
        let first = first.unwrap_or_else(|| Gap::not_requested(Source::Pod, "the target was not found"));
        let gap = |source| Gap::behind(source, &first);
        Self {
            service_account: Reading::Unavailable(gap(Source::ServiceAccount)),
            service_accounts: Reading::Unavailable(gap(Source::ServiceAccounts)),
            owner: Reading::Unavailable(gap(Source::Owner)),
            job: Reading::Unavailable(gap(Source::Job)),
            config_maps: Reading::Unavailable(gap(Source::ConfigMaps)),
            node: Reading::Unavailable(gap(Source::Node)),
            agent_pods: Reading::Unavailable(gap(Source::AgentPods)),
            agent_log: Reading::Unavailable(gap(Source::AgentLog)),
            associations: None,
            association: Reading::Unavailable(gap(Source::Association)),
            role: Reading::Unavailable(gap(Source::Role)),
        }
    }
}

fn assemble(session: &Session, around: &Surroundings, subject: Subject, parts: Parts) -> Evidence {
    Evidence {
        api_version: saved::API_VERSION.to_owned(),
        kind: saved::KIND.to_owned(),
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        collected_at: session.now(),
        duration_ms: session.elapsed_ms(),
        requests: session.requests(),
        target: subject.target,
        context: around.context.clone(),
        pod: subject.pod,
        similar_names: subject.similar_names,
        service_account: parts.service_account,
        service_accounts: parts.service_accounts,
        owner: parts.owner,
        job: parts.job,
        config_maps: parts.config_maps,
        root_certificates: around.root_certificates.clone(),
        namespace: around.namespace.clone(),
        node: parts.node,
        agent_daemon_sets: around.agent_daemon_sets.clone(),
        agent_pods: parts.agent_pods,
        webhooks: around.webhooks.clone(),
        version: around.version.clone(),
        cluster: around.aws.cluster.clone(),
        associations: parts.associations.unwrap_or_else(|| around.aws.associations.clone()),
        association: parts.association,
        add_on: around.aws.add_on.clone(),
        caller_identity: around.aws.caller_identity.clone(),
        role: parts.role,
        agent_log: parts.agent_log,
    }
}
