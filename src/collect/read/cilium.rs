//! Reads Cilium's policies and settings, only where Cilium was seen.

use futures::join;

use crate::collect::access::clients::{KubernetesClient, KubernetesError};
use crate::collect::gap;
use crate::collect::read::kubernetes::{encode, list};
use crate::collect::session::Session;
use crate::collect::waves::surroundings::Answer;
use crate::evidence::kubernetes::network_engine::{CiliumConfig, CiliumPolicy, Engine};
use crate::evidence::{Gap, NetworkEngines, Reading, Source};

/// Where the settings are.
const CONFIG: &str = "cilium-config";

/// What was read.
#[derive(Debug, Clone)]
pub struct Cilium {
    /// The policies of the namespace.
    pub network_policies: Reading<Vec<CiliumPolicy>>,
    /// The policies of the whole cluster.
    pub clusterwide_network_policies: Reading<Vec<CiliumPolicy>>,
    /// The settings.
    pub config: Reading<Option<CiliumConfig>>,
}

/// Reads everything of Cilium at once, as soon as it is known that Cilium is there.
pub async fn read(session: &Session, namespace: &str, engines: Answer<'_, Reading<NetworkEngines>>) -> Cilium {
    let engines = engines.await;
    let why_not = |source| match &engines {
        Reading::Unavailable(gap) => Gap::blocked_by(source, gap),
        Reading::Known(_) => Gap::not_requested(source, "Cilium was not seen in the cluster"),
    };
    let sets = engines.known().map(|engines| engines.daemon_sets.as_slice()).unwrap_or_default();
    let Some(set) = sets.iter().find(|set| set.engine() == Some(Engine::Cilium)) else {
        return Cilium {
            network_policies: Reading::Unavailable(why_not(Source::CiliumNetworkPolicies)),
            clusterwide_network_policies: Reading::Unavailable(why_not(Source::CiliumClusterwideNetworkPolicies)),
            config: Reading::Unavailable(why_not(Source::CiliumConfig)),
        };
    };
    let (client, run) = (&session.kubernetes, session.run);
    let (network_policies, clusterwide_network_policies, config) = join!(
        run.ask(Source::CiliumNetworkPolicies, self::network_policies(client, namespace)),
        run.ask(Source::CiliumClusterwideNetworkPolicies, self::clusterwide_network_policies(client)),
        run.ask(Source::CiliumConfig, self::config(client, &set.metadata.namespace)),
    );
    Cilium { network_policies, clusterwide_network_policies, config }
}

/// Reads the policies of a namespace.
async fn network_policies(client: &KubernetesClient, namespace: &str) -> Reading<Vec<CiliumPolicy>> {
    let path = format!("/apis/cilium.io/v2/namespaces/{}/ciliumnetworkpolicies", encode(namespace));
    policies(client, Source::CiliumNetworkPolicies, &path).await
}

/// Reads the policies of the whole cluster.
async fn clusterwide_network_policies(client: &KubernetesClient) -> Reading<Vec<CiliumPolicy>> {
    let path = "/apis/cilium.io/v2/ciliumclusterwidenetworkpolicies";
    policies(client, Source::CiliumClusterwideNetworkPolicies, path).await
}

/// Reads the settings, where Cilium is.
async fn config(client: &KubernetesClient, namespace: &str) -> Reading<Option<CiliumConfig>> {
    let path = format!("/api/v1/namespaces/{}/configmaps/{CONFIG}", encode(namespace));
    gap::object(Source::CiliumConfig, CONFIG, client.get_kind(&path, "ConfigMap").await)
}

/// A kind that the API server does not know has no objects: it answers with a page of its own then, in plain text.
async fn policies(client: &KubernetesClient, source: Source, path: &str) -> Reading<Vec<CiliumPolicy>> {
    match list(client, path, "").await {
        Err(KubernetesError::Foreign { code: 404, content_type: Some(text) }) if text.starts_with("text/plain") => {
            Reading::Known(Vec::new())
        }
        answer => gap::answer(source, answer),
    }
}
