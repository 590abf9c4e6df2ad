//! Wave 1: everything that needs no pod, asked while the pod is being read.
//!
//! Each answer is there for whoever waits for it as soon as it has come, so that a call that hangs stops no other: only what
//! needs its answer waits with it.

use std::future::Future;

use futures::future::{FutureExt as _, LocalBoxFuture, Shared};
use futures::join;

use crate::collect::access::detection;
use crate::collect::read::agent::{self, DaemonSets};
use crate::collect::read::cilium::{self, Cilium};
use crate::collect::read::kubernetes;
use crate::collect::session::Session;
use crate::collect::waves::amazon::{self, Amazon, Place};
use crate::evidence::{
    AddOn, AgentDaemonSet, Associations, CallerIdentity, Cluster, Context, Evidence, Gap, NamespaceObject,
    NetworkEngines, NetworkPolicy, Reading, RootCertificates, ServerVersion, Source, WebhookConfiguration,
};

/// An answer that several wait for; it is asked for once.
pub type Answer<'a, T> = Shared<LocalBoxFuture<'a, T>>;

/// Makes a question one that several may wait for. It is not asked before somebody waits.
pub fn once<'a, T: Clone>(question: impl Future<Output = T> + 'a) -> Answer<'a, T> {
    question.boxed_local().shared()
}

/// What one namespace of one cluster looks like, whichever pod is asked about.
#[derive(Clone)]
pub struct Surroundings<'a> {
    /// Where AWS is asked.
    pub place: Answer<'a, Place>,
    /// `kube-root-ca.crt`.
    pub root_certificates: Answer<'a, Reading<Option<RootCertificates>>>,
    /// The namespace.
    pub namespace: Answer<'a, Reading<Option<NamespaceObject>>>,
    /// The network policies of the namespace.
    pub network_policies: Answer<'a, Reading<Vec<NetworkPolicy>>>,
    /// The daemon sets of networks.
    pub network_engines: Answer<'a, Reading<NetworkEngines>>,
    /// Cilium's policies and settings.
    pub cilium: Answer<'a, Cilium>,
    /// The agent's daemon sets.
    pub agent_daemon_sets: Answer<'a, Reading<Vec<AgentDaemonSet>>>,
    /// The webhook configurations.
    pub webhooks: Answer<'a, Reading<Vec<WebhookConfiguration>>>,
    /// The version of the API server, asked only where EKS does not know the cluster.
    pub version: Answer<'a, Reading<ServerVersion>>,
    /// Clusters with a name like the one that was named, asked only where EKS does not know that one.
    pub similar_clusters: Answer<'a, Vec<String>>,
    /// What AWS says.
    pub amazon: Amazon<'a>,
}

/// The same, answered to the end.
pub struct Answered {
    /// What is known about the context by now.
    pub context: Context,
    /// `kube-root-ca.crt`.
    pub root_certificates: Reading<Option<RootCertificates>>,
    /// The namespace.
    pub namespace: Reading<Option<NamespaceObject>>,
    /// The network policies of the namespace.
    pub network_policies: Reading<Vec<NetworkPolicy>>,
    /// The daemon sets of networks.
    pub network_engines: Reading<NetworkEngines>,
    /// Cilium's policies and settings.
    pub cilium: Cilium,
    /// The agent's daemon sets.
    pub agent_daemon_sets: Reading<Vec<AgentDaemonSet>>,
    /// The webhook configurations.
    pub webhooks: Reading<Vec<WebhookConfiguration>>,
    /// The version of the API server.
    pub version: Reading<ServerVersion>,
    /// The cluster.
    pub cluster: Reading<Option<Cluster>>,
    /// The associations of the namespace, first page.
    pub associations: Reading<Associations>,
    /// The agent add-on.
    pub add_on: Reading<Option<AddOn>>,
    /// Whose credentials these are.
    pub caller_identity: Reading<CallerIdentity>,
}

impl Answered {
    /// Puts it where it belongs.
    pub fn fill(self, evidence: &mut Evidence) {
        evidence.context = self.context;
        evidence.root_certificates = self.root_certificates;
        evidence.namespace = self.namespace;
        evidence.network_policies = self.network_policies;
        evidence.network_engines = self.network_engines;
        evidence.cilium_network_policies = self.cilium.network_policies;
        evidence.cilium_clusterwide_network_policies = self.cilium.clusterwide_network_policies;
        evidence.cilium_config = self.cilium.config;
        evidence.agent_daemon_sets = self.agent_daemon_sets;
        evidence.webhooks = self.webhooks;
        evidence.version = self.version;
        evidence.cluster = self.cluster;
        evidence.associations = self.associations;
        evidence.add_on = self.add_on;
        evidence.caller_identity = self.caller_identity;
    }
}

/// What the whole cluster has one answer for, whatever number of namespaces are asked about.
pub const CLUSTER: &str = "";

/// Prepares the questions about a namespace.
pub fn of<'a>(session: &'a Session, namespace: &'a str) -> Surroundings<'a> {
    let client = &session.kubernetes;
    let run = session.run;
    let root_certificates = once(run.ask(Source::RootCertificates, kubernetes::root_certificates(client, namespace)));
    let daemon_sets = once(daemon_sets(session));
    let network_engines = once(daemon_sets.clone().map(|both| both.networks));
    let agent_daemon_sets = once(daemon_sets.map(|both| both.agents));
    let place = once(amazon::place(session, agent_daemon_sets.clone()));
    let amazon = amazon::of(session, namespace, &place, &root_certificates);
    Surroundings {
        place: place.clone(),
        root_certificates,
        namespace: once(run.ask(Source::Namespace, kubernetes::namespace(client, namespace))),
        network_policies: once(run.ask(Source::NetworkPolicies, kubernetes::network_policies(client, namespace))),
        cilium: once(cilium::read(session, namespace, network_engines.clone())),
        network_engines,
        agent_daemon_sets,
        webhooks: once(session.once(Source::Webhooks, CLUSTER, kubernetes::webhooks(client))),
        version: once(version(session, amazon.cluster.clone())),
        similar_clusters: once(similar_clusters(session, place.clone(), amazon.cluster.clone())),
        amazon,
    }
}

/// Reads the one list that two sources are in.
pub(super) async fn daemon_sets(session: &Session) -> DaemonSets {
    let read = async { Reading::Known(agent::read_daemon_sets(&session.kubernetes).await) };
    match session.once(Source::AgentDaemonSets, CLUSTER, read).await {
        Reading::Known(both) => both,
        Reading::Unavailable(gap) => DaemonSets {
            networks: Reading::Unavailable(Gap { source: Source::NetworkEngines, ..gap.clone() }),
            agents: Reading::Unavailable(gap),
        },
    }
}

/// What EKS says of the cluster tells more than the version, which is therefore only asked where EKS says nothing.
async fn version(session: &Session, cluster: Answer<'_, Reading<Option<Cluster>>>) -> Reading<ServerVersion> {
    match cluster.await {
        Reading::Known(Some(_)) => Reading::Unavailable(Gap::not_requested(Source::Version, "EKS knows the cluster")),
        _ => session.once(Source::Version, CLUSTER, kubernetes::version(&session.kubernetes)).await,
    }
}

/// A name that EKS does not know may be one with a slip in it.
async fn similar_clusters(
    session: &Session,
    place: Answer<'_, Place>,
    cluster: Answer<'_, Reading<Option<Cluster>>>,
) -> Vec<String> {
    let (place, cluster) = join!(place, cluster);
    match (place.eks(), cluster) {
        (Ok((clients, name)), Reading::Known(None)) => {
            let read = async { Reading::Known(detection::alike(&clients.eks, name).await) };
            session.once(Source::Cluster, format!("names like {name}"), read).await.known().cloned().unwrap_or_default()
        }
        _ => Vec::new(),
    }
}

impl Surroundings<'_> {
    /// Asks everything at once and waits for the last answer.
    pub async fn answered(&self) -> Answered {
        let all = self.clone();
        let cluster_side =
            async { join!(all.root_certificates, all.namespace, all.agent_daemon_sets, all.webhooks, all.version) };
        let network_side = async { join!(all.network_policies, all.network_engines, all.cilium) };
        let Amazon { cluster, associations, add_on, caller_identity } = all.amazon;
        let aws_side = async { join!(cluster, associations, add_on, caller_identity, all.similar_clusters) };
        let (place, cluster_side, network_side, aws_side) = join!(all.place, cluster_side, network_side, aws_side);
        let (root_certificates, namespace, agent_daemon_sets, webhooks, version) = cluster_side;
        let (network_policies, network_engines, cilium) = network_side;
        let (cluster, associations, add_on, caller_identity, similar_clusters) = aws_side;
        Answered {
            context: Context { similar_clusters, ..place.context },
            root_certificates,
            namespace,
            network_policies,
            network_engines,
            cilium,
            agent_daemon_sets,
            webhooks,
            version,
            cluster,
            associations,
            add_on,
            caller_identity,
        }
    }
}
