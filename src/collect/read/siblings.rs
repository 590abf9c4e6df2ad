//! Reads the pods of one service account: a single page, of which only what is compared is kept, and the one whose log speaks
//! for the account.

use crate::collect::access::clients::KubernetesClient;
use crate::collect::gap;
use crate::collect::read::kubernetes::{self, encode};
use crate::evidence::kubernetes::siblings::Sibling;
use crate::evidence::{Pod, Reading, Siblings, Source};

/// Reads the first page of the pods of a service account, and picks the one that may represent it.
pub async fn read(client: &KubernetesClient, namespace: &str, account: &str) -> Reading<(Siblings, Option<Pod>)> {
    let path = format!("/api/v1/namespaces/{}/pods", encode(namespace));
    let query = format!("fieldSelector=spec.serviceAccountName%3D{}", encode(account));
    let answer = kubernetes::first_page::<Pod>(client, &path, &query).await;
    let slim = |(pods, complete): (Vec<Pod>, bool)| {
        let siblings = Siblings { complete, pods: pods.iter().map(Sibling::of).collect() };
        (siblings, representative(pods))
    };
    gap::answer(Source::Siblings, answer.map(slim))
}

/// The newest pod that has started; first of those whose requests the log tells apart, and that run, and have variables.
fn representative(pods: Vec<Pod>) -> Option<Pod> {
    let asks = |pod: &Pod| pod.spec.node_name.is_some() && pod.has_address_since().is_some();
    let key = |pod: &Pod| {
        let is_injected = pod.containers().any(|container| container.is_injected());
        (!pod.spec.host_network, !pod.has_ended(), is_injected, pod.metadata.creation_timestamp)
    };
    pods.into_iter().filter(asks).max_by_key(key)
}
