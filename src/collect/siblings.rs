//! Reads the pods of one service account: a single page, of which only what is compared is kept.

use super::clients::KubernetesClient;
use super::gap;
use super::kubernetes::{self, encode};
use crate::evidence::siblings::Sibling;
use crate::evidence::{Pod, Reading, Siblings, Source};

/// Reads the first page of the pods of a service account.
pub async fn read(client: &KubernetesClient, namespace: &str, account: &str) -> Reading<Siblings> {
    let path = format!("/api/v1/namespaces/{}/pods", encode(namespace));
    let query = format!("fieldSelector=spec.serviceAccountName%3D{}", encode(account));
    let answer = kubernetes::first_page::<Pod>(client, &path, &query).await;
    let slim = |(pods, complete): (Vec<Pod>, bool)| Siblings { complete, pods: pods.iter().map(Sibling::of).collect() };
    gap::answer(Source::Siblings, answer.map(slim))
}
