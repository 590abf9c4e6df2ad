//! What is read from the Kubernetes API: one function for each source.

use std::collections::BTreeMap;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::de::{DeserializeOwned, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer as _};

use crate::collect::access::clients::{KubernetesClient, KubernetesError, malformed};
use crate::collect::beyond::active::not_asked;
use crate::collect::gap;
use crate::collect::session::Session;
use crate::evidence::inventory::AccountNote;
use crate::evidence::kubernetes::agent::is_agent;
use crate::evidence::kubernetes::environment::{EnvFromSource, EnvValue, ObjectReference};
use crate::evidence::{
    AgentPod, ConfigMaps, Gap, GapReason, Metadata, NamespaceObject, NetworkPolicy, Node, Pod, Reading,
    RootCertificates, Secrets, ServerVersion, ServiceAccount, Source, WebhookConfiguration,
};

/// How many objects a page of a list has.
const PAGE: usize = 500;

/// A page of a list.
#[derive(Deserialize)]
struct List<T> {
    #[serde(default)]
    metadata: ListMetadata,
    items: Vec<T>,
}

#[derive(Default, Deserialize)]
struct ListMetadata {
    #[serde(default, rename = "continue")]
    next: Option<String>,
}

/// An object of which only the metadata matters.
#[derive(Deserialize)]
struct Named {
    metadata: Metadata,
}

/// Reads a pod.
pub async fn pod(client: &KubernetesClient, namespace: &str, name: &str) -> Reading<Option<Pod>> {
    let answer =
        client.get_kind(&format!("/api/v1/namespaces/{}/pods/{}", encode(namespace), encode(name)), "Pod").await;
    gap::object(Source::Pod, name, answer)
}

/// Reads a service account.
pub async fn service_account(
    client: &KubernetesClient,
    namespace: &str,
    name: &str,
) -> Reading<Option<ServiceAccount>> {
    let path = format!("/api/v1/namespaces/{}/serviceaccounts/{}", encode(namespace), encode(name));
    gap::object(Source::ServiceAccount, name, client.get_kind(&path, "ServiceAccount").await)
}

/// Reads the names of all service accounts of a namespace.
pub async fn service_accounts(client: &KubernetesClient, namespace: &str) -> Reading<Vec<String>> {
    names(client, Source::ServiceAccounts, &format!("/api/v1/namespaces/{}/serviceaccounts", encode(namespace))).await
}

/// Reads the names of all objects of a list.
pub async fn names(client: &KubernetesClient, source: Source, path: &str) -> Reading<Vec<String>> {
    let answer = list::<Named>(client, path, "").await;
    gap::answer(source, answer.map(|items| items.into_iter().map(|item| item.metadata.name).collect()))
}

/// Reads the names on the first page of a list.
pub async fn first_names(client: &KubernetesClient, path: &str) -> Result<Vec<String>, KubernetesError> {
    let (items, _) = first_page::<Named>(client, path, "").await?;
    Ok(items.into_iter().map(|item| item.metadata.name).collect())
}

/// Reads the namespace.
pub async fn namespace(client: &KubernetesClient, name: &str) -> Reading<Option<NamespaceObject>> {
    gap::object(
        Source::Namespace,
        name,
        client.get_kind(&format!("/api/v1/namespaces/{}", encode(name)), "Namespace").await,
    )
}

/// Reads the node.
pub async fn node(client: &KubernetesClient, name: &str) -> Reading<Option<Node>> {
    gap::object(Source::Node, name, client.get_kind(&format!("/api/v1/nodes/{}", encode(name)), "Node").await)
}

/// Reads the certificates that the API server is signed with, as pods see them.
pub async fn root_certificates(client: &KubernetesClient, namespace: &str) -> Reading<Option<RootCertificates>> {
    let path = format!("/api/v1/namespaces/{}/configmaps/kube-root-ca.crt", encode(namespace));
    gap::object(Source::RootCertificates, "kube-root-ca.crt", client.get_kind(&path, "ConfigMap").await)
}

/// Reads the `ConfigMap`s that a pod takes environment from; one refusal makes them all unknown.
pub async fn config_maps(client: &KubernetesClient, namespace: &str, wanted: &[String]) -> Reading<ConfigMaps> {
    by_name(client, namespace, wanted, (Source::ConfigMaps, "configmaps", "ConfigMap")).await
}

/// Reads the names of the keys of Secrets; one refusal makes them all unknown.
pub async fn secrets(client: &KubernetesClient, namespace: &str, wanted: &[String]) -> Reading<Secrets> {
    by_name(client, namespace, wanted, (Source::Secrets, "secrets", "Secret")).await
}

/// Reads some objects of a namespace; `kind` is their source, their plural and their kind.
async fn by_name<T: DeserializeOwned>(
    client: &KubernetesClient,
    namespace: &str,
    wanted: &[String],
    (source, plural, kind): (Source, &str, &str),
) -> Reading<BTreeMap<String, Option<T>>> {
    let reads = wanted.iter().map(|name| async move {
        let path = format!("/api/v1/namespaces/{}/{plural}/{}", encode(namespace), encode(name));
        (name, gap::object::<T>(source, name, client.get_kind(&path, kind).await))
    });
    let mut found = BTreeMap::new();
    for (name, reading) in futures::future::join_all(reads).await {
        match reading {
            Reading::Known(object) => drop(found.insert(name.clone(), object)),
            Reading::Unavailable(gap) => return Reading::Unavailable(gap),
        }
    }
    Reading::Known(found)
}

/// Reads all mutating webhook configurations.
pub async fn webhooks(client: &KubernetesClient) -> Reading<Vec<WebhookConfiguration>> {
    let path = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations";
    gap::answer(Source::Webhooks, list(client, path, "").await)
}

/// Reads the version of the API server.
pub async fn version(client: &KubernetesClient) -> Reading<ServerVersion> {
    match client.get::<ServerVersion>("/version").await {
        // JSON of something else has no version either.
        Ok(version) if version.git_version.is_empty() => {
            Reading::Unavailable(Gap::new(Source::Version, GapReason::Malformed, "the API server says no version"))
        }
        answer => gap::answer(Source::Version, answer),
    }
}

/// Reads the network policies of a namespace.
pub async fn network_policies(client: &KubernetesClient, namespace: &str) -> Reading<Vec<NetworkPolicy>> {
    let path = format!("/apis/networking.k8s.io/v1/namespaces/{}/networkpolicies", encode(namespace));
    gap::answer(Source::NetworkPolicies, list(client, &path, "").await)
}

/// Reads the agent pods on a node, in the namespaces the agent is in.
///
/// What one namespace holds is told also where another could not be read.
pub async fn agent_pods(client: &KubernetesClient, namespaces: &[&str], node: &str) -> Reading<Vec<AgentPod>> {
    let (found, refused) =
        agent_pods_of(client, namespaces, &format!("fieldSelector=spec.nodeName%3D{}", encode(node))).await;
    match refused.filter(|_| found.is_empty()) {
        Some(error) => Reading::Unavailable(gap::of_kubernetes(Source::AgentPods, &error)),
        None => Reading::Known(found),
    }
}

/// Reads the agent pods of all nodes, in the namespaces the agent is in. One that could not be read may have those of any node.
pub async fn all_agent_pods(client: &KubernetesClient, namespaces: &[&str]) -> Reading<Vec<AgentPod>> {
    match agent_pods_of(client, namespaces, "").await {
        (_, Some(error)) => Reading::Unavailable(gap::of_kubernetes(Source::AgentPods, &error)),
        (found, None) => Reading::Known(found),
    }
}

/// The agent pods that a query finds, and the first refusal.
async fn agent_pods_of(
    client: &KubernetesClient,
    namespaces: &[&str],
    query: &str,
) -> (Vec<AgentPod>, Option<KubernetesError>) {
    let only_agents = |pod: AgentPod| is_agent(&pod.metadata, &pod.spec).then_some(pod);
    let reads = namespaces.iter().map(|namespace| async move {
        notes(client, &list_path(Some(namespace), "pods"), query, only_agents, |_| ()).await
    });
    let (mut found, mut refused) = (Vec::new(), None);
    for answer in futures::future::join_all(reads).await {
        match answer {
            Ok(all) => found.extend(all.into_iter().flatten()),
            Err(error) => refused = refused.or(Some(error)),
        }
    }
    (found, refused)
}

/// The path of a list of the core group: of one namespace, or of all.
pub fn list_path(namespace: Option<&str>, plural: &str) -> String {
    match namespace {
        Some(namespace) => format!("/api/v1/namespaces/{}/{plural}", encode(namespace)),
        None => format!("/api/v1/{plural}"),
    }
}

/// Reads what is noted of the service accounts of a namespace, or of all.
pub async fn account_notes(client: &KubernetesClient, namespace: Option<&str>) -> Reading<Vec<AccountNote>> {
    let noted = |account: ServiceAccount| AccountNote {
        annotated_role: account.annotated_role().map(str::to_owned),
        namespace: account.metadata.namespace,
        name: account.metadata.name,
    };
    let all = notes(client, &list_path(namespace, "serviceaccounts"), "", noted, |_| ()).await;
    gap::answer(Source::ServiceAccounts, all)
}

/// Reads a list to its end.
pub async fn list<T: DeserializeOwned + Send + 'static>(
    client: &KubernetesClient,
    path: &str,
    query: &str,
) -> Result<Vec<T>, KubernetesError> {
    notes(client, path, query, std::convert::identity::<T>, |_| ()).await
}

/// Reads the first page of a list, and whether that is all of it.
pub async fn first_page<T: DeserializeOwned>(
    client: &KubernetesClient,
    path: &str,
    query: &str,
) -> Result<(Vec<T>, bool), KubernetesError> {
    let all = if query.is_empty() { String::new() } else { format!("{query}&") };
    let page: List<T> = client.get(&format!("{path}?{all}limit={PAGE}")).await?;
    Ok((page.items, page.metadata.next.is_none_or(|token| token.is_empty())))
}

/// Reads a list to its end, the next page on its way while one is read; of each object only what `note` keeps is kept.
///
/// `seen` is told how many objects there are so far. A list whose place expired (410) is begun again once.
pub async fn notes<T: DeserializeOwned + 'static, N: Send + 'static>(
    client: &KubernetesClient,
    path: &str,
    query: &str,
    note: fn(T) -> N,
    seen: impl Fn(usize),
) -> Result<Vec<N>, KubernetesError> {
    match noted_pages(client, path, query, note, &seen).await {
        Err(error) if error.code() == Some(410) => noted_pages(client, path, query, note, &seen).await,
        answer => answer,
    }
}

async fn noted_pages<T: DeserializeOwned + 'static, N: Send + 'static>(
    client: &KubernetesClient,
    path: &str,
    query: &str,
    note: fn(T) -> N,
    seen: &impl Fn(usize),
) -> Result<Vec<N>, KubernetesError> {
    let base = if query.is_empty() { format!("{path}?limit={PAGE}") } else { format!("{path}?{query}&limit={PAGE}") };
    let mut notes = Vec::new();
    let mut body = client.get_bytes(&base).await?;
    let mut last = None;
    loop {
        let place = place_in(&body);
        if place.is_some() && place == last {
            return Err(KubernetesError::Malformed { detail: "its pages do not come to an end".to_owned() });
        }
        let Some(token) = place else {
            notes.extend(noted_page(&body, note)?);
            seen(notes.len());
            return Ok(notes);
        };
        let address = format!("{base}&continue={}", encode(&token));
        last = Some(token);
        let read = tokio::task::spawn_blocking(move || noted_page(&body, note));
        let (read, following) = futures::join!(read, client.get_bytes(&address));
        // A page is read by code of ours that does not panic; if it did, nothing of it would be known.
        let read =
            read.unwrap_or_else(|_| Err(KubernetesError::Malformed { detail: "it could not be read".to_owned() }));
        notes.extend(read?);
        seen(notes.len());
        body = following?;
    }
}

fn noted_page<T: DeserializeOwned, N>(page: &[u8], note: fn(T) -> N) -> Result<Vec<N>, KubernetesError> {
    let page: List<T> = serde_json::from_slice(page).map_err(|error| malformed(&error))?;
    Ok(page.items.into_iter().map(note).collect())
}

/// Where the next page of a list begins. Only the head of the page is read: the API server writes the place before the objects.
fn place_in(page: &[u8]) -> Option<String> {
    struct Head<'p>(&'p mut Option<String>);
    impl<'de> Visitor<'de> for Head<'_> {
        type Value = ();

        fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            formatter.write_str("a list")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<(), A::Error> {
            while let Some(name) = fields.next_key::<String>()? {
                if name == "metadata" {
                    *self.0 = fields.next_value::<ListMetadata>()?.next.filter(|token| !token.is_empty());
                    // What follows is read in its own time.
                    return Err(serde::de::Error::custom("enough"));
                }
                fields.next_value::<IgnoredAny>()?;
            }
            Ok(())
        }
    }
    let mut place = None;
    // Whether the page is one at all is judged where it is read.
    serde_json::Deserializer::from_slice(page).deserialize_map(Head(&mut place)).ok();
    place
}

/// What a value of a query may hold as it is (RFC 3986, unreserved characters).
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Percent-encodes a value of a query.
pub fn encode(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

/// Reads the ConfigMaps that containers name.
pub(in crate::collect) async fn config_maps_of(
    session: &Session,
    pod: Option<&Pod>,
    namespace: &str,
) -> Reading<ConfigMaps> {
    let wanted = named(
        pod,
        |from| from.config_map_ref.as_ref(),
        |value| match value {
            EnvValue::ConfigMapKey(reference) => Some(&reference.name),
            _ => None,
        },
    );
    let read = config_maps(&session.kubernetes, namespace, &wanted);
    session.once(Source::ConfigMaps, format!("{namespace} {}", wanted.join(" ")), read).await
}

/// Reads the Secrets whose keys decide, if that was asked for: a key that is not optional is there in a running container.
pub(in crate::collect) async fn secrets_of(session: &Session, pod: Option<&Pod>, namespace: &str) -> Reading<Secrets> {
    if !session.active.inspect_secrets {
        return Reading::Unavailable(not_asked(Source::Secrets));
    }
    let wanted = named(
        pod,
        |from| from.secret_ref.as_ref(),
        |value| match value {
            EnvValue::SecretKey(reference) if reference.optional => Some(&reference.name),
            _ => None,
        },
    );
    let read = secrets(&session.kubernetes, namespace, &wanted);
    session.once(Source::Secrets, format!("{namespace} {}", wanted.join(" ")), read).await
}

/// The names of what containers take as a whole, or a key of, each once.
fn named(
    pod: Option<&Pod>,
    whole: impl Fn(&EnvFromSource) -> Option<&ObjectReference>,
    key: impl Fn(&EnvValue) -> Option<&String>,
) -> Vec<String> {
    let mut wanted: Vec<String> = Vec::new();
    for container in pod.into_iter().flat_map(Pod::containers) {
        let objects = container.env_from.iter().filter_map(&whole).map(|one| &one.name);
        let keys = container.env.iter().filter_map(|variable| key(&variable.value));
        wanted.extend(objects.chain(keys).cloned());
    }
    wanted.sort();
    wanted.dedup();
    wanted
}
