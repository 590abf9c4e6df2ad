//! The waves of a whole cluster: pods, service accounts and associations at once, then each association, then each role.

use std::collections::BTreeMap;
use std::sync::Mutex;

use futures::StreamExt as _;
use futures::join;
use futures::stream;
use tokio::time::timeout_at;

use crate::collect::access::clients::AwsClients;
use crate::collect::gap;
use crate::collect::plan::{ALWAYS, Planned};
use crate::collect::read::kubernetes::{self, encode};
use crate::collect::read::{eks, iam, owner};
use crate::collect::session::Session;
use crate::collect::waves::roles;
use crate::collect::waves::surroundings::{self, Surroundings};
use crate::evidence::inventory::PodNote;
use crate::evidence::source::SYSTEM_NAMESPACE;
use crate::evidence::{
    AddOn, AgentDaemonSet, Association, Associations, CallerIdentity, Context, Gap, GapReason, Inventory, Owner, Pod,
    Reading, Role, Simulation, Source,
};
use crate::reasoning::pod::note;

/// How many associations or roles are asked for at a time: EKS and IAM throttle an account, not a client.
pub(super) const AT_A_TIME: usize = 8;

/// What is to be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// This namespace only.
    pub namespace: Option<String>,
    /// Pods with these labels only.
    pub selector: Option<String>,
    /// Each association in full, for its role and its time.
    pub roles: bool,
    /// Each role, for its trust policy.
    pub trust: bool,
}

/// How far reading has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// Pods so far.
    pub pods: usize,
    /// Associations so far, and all of them.
    pub associations: (usize, usize),
    /// Roles so far, and all of them.
    pub roles: (usize, usize),
}

/// Reads the inventory of a cluster; whatever cannot be read is a gap in it.
pub async fn collect(session: &Session, wanted: &Wanted, say: impl Fn(Progress)) -> Inventory {
    let counts = Mutex::new(Progress::default());
    let step = |change: &dyn Fn(&mut Progress)| {
        let mut counts = counts.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        change(&mut counts);
        say(*counts);
    };
    let namespace = wanted.namespace.as_deref().unwrap_or(&session.namespace);
    let around = surroundings::of(session, namespace);
    let identity = async {
        let Surroundings { amazon, root_certificates, .. } = around.clone();
        join!(amazon.cluster, amazon.caller_identity, root_certificates)
    };
    let (place, identity, pods, service_accounts, amazon) = join!(
        around.place.clone(),
        identity,
        pods(session, wanted, |number| step(&|counts| counts.pods = number)),
        session
            .run
            .ask(Source::ServiceAccounts, kubernetes::account_notes(&session.kubernetes, wanted.namespace.as_deref())),
        amazon(session, &around, wanted, &step),
    );
    let (cluster, caller_identity, root_certificates) = identity;
    Inventory {
        collected_at: session.now(),
        duration_ms: session.elapsed_ms(),
        requests: session.requests(),
        context: place.context,
        namespace: wanted.namespace.clone(),
        selects_pods: wanted.selector.is_some(),
        cluster,
        caller_identity,
        root_certificates,
        associations: amazon.associations,
        described: amazon.described,
        roles: amazon.roles,
        target_simulations: amazon.target_simulations,
        service_accounts,
        pods,
    }
}

async fn pods(session: &Session, wanted: &Wanted, seen: impl Fn(usize)) -> Reading<Vec<PodNote>> {
    let path = kubernetes::list_path(wanted.namespace.as_deref(), "pods");
    let query = wanted.selector.as_ref().map(|selector| format!("labelSelector={}", encode(selector)));
    let query = query.unwrap_or_default();
    let read = async {
        let notes = kubernetes::notes::<Pod, _>(&session.kubernetes, &path, &query, note::of, seen).await;
        gap::answer(Source::Siblings, notes)
    };
    session.run.ask(Source::Siblings, read).await
}

/// Reads the owners of pods, eight at a time.
pub async fn owners(session: &Session, pods: impl Iterator<Item = &Pod>) -> Vec<Owners> {
    let read = pods.map(|pod| async move {
        let read = owner::read(&session.kubernetes, pod);
        match timeout_at(session.run.deadline, read).await {
            Ok(owners) => owners,
            Err(_elapsed) => {
                let late = |source| Gap::new(source, GapReason::TimedOut, "no answer before the run ended");
                (Reading::Unavailable(late(Source::Owner)), Reading::Unavailable(late(Source::Job)))
            }
        }
    });
    stream::iter(read).buffered(AT_A_TIME).collect().await
}

/// The owners of a pod: the workload, and separately the job.
type Owners = (Reading<Option<Owner>>, Reading<Option<Owner>>);

/// Adds the roles that annotations of IRSA and associations name, each once, and reads the daemon sets of the agent and the add-ons.
pub async fn add_annotated_roles(
    session: &Session,
    inventory: &mut Inventory,
) -> (Reading<Vec<AgentDaemonSet>>, Reading<Vec<AddOn>>) {
    let around = surroundings::of(session, inventory.namespace.as_deref().unwrap_or(&session.namespace));
    let annotated = inventory.service_accounts.known().into_iter().flatten();
    let mut arns: Vec<String> = annotated.filter_map(|account| account.annotated_role.clone()).collect();
    let existing = inventory.described.values().filter_map(Reading::present);
    arns.extend(existing.map(|association| association.role_arn.clone()));
    arns.retain(|arn| !inventory.roles.contains_key(arn));
    arns.sort_unstable();
    arns.dedup();
    let (place, agents) = join!(around.place.clone(), around.agent_daemon_sets.clone());
    let add_ons = match place.eks() {
        Ok((clients, cluster)) => session.run.ask(Source::AddOn, eks::add_ons(clients, cluster)).await,
        Err(obstacle) => obstacle.reading(Source::AddOn),
    };
    let caller = &inventory.caller_identity;
    let read = |arn: String| {
        let clients = place.clients.as_ref();
        async move {
            let role = match clients {
                Ok(clients) => session.once(Source::Role, &arn, iam::role(clients, Source::Role, caller, &arn)).await,
                Err(obstacle) => obstacle.clone().reading(Source::Role),
            };
            (arn, role)
        }
    };
    let roles: Vec<_> = stream::iter(arns.into_iter().map(read)).buffer_unordered(AT_A_TIME).collect().await;
    inventory.roles.extend(roles);
    inventory.requests = session.requests();
    inventory.duration_ms = session.elapsed_ms();
    (agents, add_ons)
}

/// What AWS says.
struct Amazon {
    associations: Reading<Associations>,
    described: BTreeMap<String, Reading<Option<Association>>>,
    roles: BTreeMap<String, Reading<Option<Role>>>,
    target_simulations: BTreeMap<String, Reading<Vec<Simulation>>>,
}

type Step<'s> = dyn Fn(&dyn Fn(&mut Progress)) + 's;

async fn amazon(session: &Session, around: &Surroundings<'_>, wanted: &Wanted, step: &Step<'_>) -> Amazon {
    let mut found = Amazon {
        associations: Reading::Known(Associations::default()),
        described: BTreeMap::new(),
        roles: BTreeMap::new(),
        target_simulations: BTreeMap::new(),
    };
    let place = around.place.clone().await;
    let (clients, cluster) = match place.eks() {
        Ok(known) => known,
        Err(obstacle) => {
            found.associations = obstacle.reading(Source::Associations);
            return found;
        }
    };
    let list = eks::associations(clients, cluster, wanted.namespace.as_deref(), None, true);
    found.associations = session.run.ask(Source::Associations, list).await;
    if !wanted.roles {
        return found;
    }
    let rows = found.associations.known().map(|list| list.associations.as_slice()).unwrap_or_default();
    let ids: Vec<&str> = rows.iter().map(|row| row.association_id.as_str()).collect();
    step(&|counts| counts.associations = (0, ids.len()));
    let describe = |id: &str| {
        let id = id.to_owned();
        async move {
            let answer = session.run.ask(Source::Association, eks::association(clients, cluster, &id)).await;
            step(&|counts| counts.associations.0 += 1);
            (id, answer)
        }
    };
    found.described = stream::iter(ids.into_iter().map(describe)).buffer_unordered(AT_A_TIME).collect().await;
    if wanted.trust {
        let caller = around.amazon.caller_identity.clone().await;
        (found.roles, found.target_simulations) = trust(session, clients, &caller, &found.described, step).await;
    }
    found
}

/// Reads each role once, whatever number of associations share it.
async fn trust(
    session: &Session,
    clients: &AwsClients,
    caller: &Reading<CallerIdentity>,
    described: &BTreeMap<String, Reading<Option<Association>>>,
    step: &Step<'_>,
) -> (BTreeMap<String, Reading<Option<Role>>>, BTreeMap<String, Reading<Vec<Simulation>>>) {
    let all: Vec<&Association> = described.values().filter_map(Reading::present).collect();
    let mut arns: Vec<&str> = all.iter().map(|one| one.role_arn.as_str()).collect();
    arns.sort_unstable();
    arns.dedup();
    let chained: Vec<&Association> = all.into_iter().filter(|one| one.target().is_some()).collect();
    step(&|counts| counts.roles = (0, arns.len() + chained.len()));
    let read = |arn: &str| {
        let arn = arn.to_owned();
        async move {
            let role = session.once(Source::Role, &arn, iam::role(clients, Source::Role, caller, &arn)).await;
            step(&|counts| counts.roles.0 += 1);
            (arn, role)
        }
    };
    let follow = |association: Association| async move {
        let (role, simulation) = roles::target(session, clients, caller, &association).await;
        step(&|counts| counts.roles.0 += 1);
        (association, role, simulation)
    };
    let mut roles: BTreeMap<_, _> =
        stream::iter(arns.into_iter().map(read)).buffer_unordered(AT_A_TIME).collect().await;
    let targets: Vec<_> =
        stream::iter(chained.into_iter().cloned().map(follow)).buffer_unordered(AT_A_TIME).collect().await;
    let mut simulations = BTreeMap::new();
    for (association, role, simulation) in targets {
        if let Some(target) = association.target() {
            roles.insert(target.to_owned(), role);
        }
        simulations.insert(association.association_id, simulation);
    }
    (roles, simulations)
}

/// Lists the requests for a list of the whole cluster.
pub fn plan(context: &Context, with_aws: bool, own_namespace: &str, wanted: &Wanted) -> Vec<Planned> {
    let place = wanted.namespace.as_deref().unwrap_or("all namespaces");
    let prefix =
        wanted.namespace.as_ref().map_or_else(|| "/api/v1".to_owned(), |name| format!("/api/v1/namespaces/{name}"));
    let query = wanted.selector.as_ref().map(|selector| format!("?labelSelector={}", encode(selector)));
    let published = wanted.namespace.as_deref().unwrap_or(own_namespace);
    let mut all = Vec::new();
    let mut add = |wave, source: Source, request: String, when| {
        all.push(Planned { wave, request, permission: source.permission_text(place, SYSTEM_NAMESPACE), when });
    };
    let pages = Some("in pages of 500");
    add(1, Source::Siblings, format!("GET {prefix}/pods{}", query.unwrap_or_default()), pages);
    add(1, Source::ServiceAccounts, format!("GET {prefix}/serviceaccounts"), pages);
    let authority = format!("GET /api/v1/namespaces/{published}/configmaps/kube-root-ca.crt");
    add(1, Source::RootCertificates, authority, ALWAYS);
    if !with_aws {
        return all;
    }
    let cluster = context.eks_cluster.as_ref().map_or("CLUSTER", |detected| detected.value.as_str());
    let of = |source: Source, parameters: &str| format!("{} {parameters}", source.name()).trim_end().to_owned();
    add(1, Source::CallerIdentity, of(Source::CallerIdentity, ""), ALWAYS);
    add(1, Source::Cluster, of(Source::Cluster, &format!("name={cluster}")), ALWAYS);
    let namespace = wanted.namespace.as_ref().map(|name| format!(" namespace={name}")).unwrap_or_default();
    let list = format!("clusterName={cluster}{namespace}");
    add(1, Source::Associations, of(Source::Associations, &list), Some("in pages of 100"));
    if wanted.roles {
        let one = format!("clusterName={cluster} associationId=ID");
        add(2, Source::Association, of(Source::Association, &one), Some("for each, eight at a time"));
    }
    if wanted.trust {
        add(3, Source::Role, of(Source::Role, "roleName=ROLE"), Some("for each role, eight at a time"));
        let chained = Some("for each association with a target role");
        let simulate = Source::TargetRoleSimulation;
        add(
            3,
            simulate,
            format!("{} policySourceArn=ROLE", simulate.name().split(' ').next().unwrap_or_default()),
            chained,
        );
    }
    all
}

/// Lists the requests for the plan of a move.
pub fn plan_of_migration(context: &Context, with_aws: bool, own_namespace: &str, wanted: &Wanted) -> Vec<Planned> {
    let mut all = plan(context, with_aws, own_namespace, wanted);
    let mut add = |wave, source: Source, request: &str, when| {
        let permission = source.permission_text("all namespaces", SYSTEM_NAMESPACE);
        all.push(Planned { wave, request: request.to_owned(), permission, when: Some(when) });
    };
    add(3, Source::AgentDaemonSets, "GET /apis/apps/v1/daemonsets", "for the agent");
    if with_aws {
        add(
            3,
            Source::AddOn,
            "eks:ListAddons, then eks:DescribeAddon for each",
            "for service accounts that an add-on gives a role",
        );
        add(3, Source::Role, "iam:GetRole roleName=ROLE", "for each role that an annotation or an association names");
    }
    add(
        4,
        Source::Owner,
        "GET /apis/apps/v1/namespaces/NAMESPACE/replicasets/NAME",
        "for what made pods, and its owner",
    );
    all
}
