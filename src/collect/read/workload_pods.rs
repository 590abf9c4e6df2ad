//! The pods of a workload, and those beside the one that is diagnosed.

use futures::future::join_all;

use crate::collect::access::clients::{KubernetesClient, KubernetesError};
use crate::collect::gap;
use crate::collect::read::kubernetes::{self, encode};
use crate::collect::read::owner::{self, Workload};
use crate::evidence::kubernetes::metadata::OwnerReference;
use crate::evidence::kubernetes::network_policy::LabelSelector;
use crate::evidence::kubernetes::pod::Sibling;
use crate::evidence::{Pod, Reading, Siblings, Source};
use crate::target::{Target, TargetKind};

/// Reads the first page of the pods of a service account, and picks the one that may represent it.
pub async fn read_siblings(
    client: &KubernetesClient,
    namespace: &str,
    account: &str,
) -> Reading<(Siblings, Option<Pod>)> {
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

/// Reads the pods of a workload.
pub async fn read(client: &KubernetesClient, target: &Target, workload: &Workload) -> Reading<Vec<Pod>> {
    let selector = workload.spec.selector.as_ref().map(query_of).unwrap_or_default();
    let path = format!("/api/v1/namespaces/{}/pods", encode(&target.namespace));
    let query = if selector.is_empty() { String::new() } else { format!("labelSelector={}", encode(&selector)) };
    let pods = match kubernetes::list::<Pod>(client, &path, &query).await {
        Ok(pods) => pods,
        Err(error) => return Reading::Unavailable(gap::of_kubernetes(Source::SimilarNames, &error)),
    };
    let owners = match owners_between(client, target, &pods).await {
        Ok(owners) => owners,
        Err(error) => return Reading::Unavailable(gap::of_kubernetes(source(target.kind), &error)),
    };
    let own = |pod: &Pod| pod.metadata.controller().is_some_and(|owner| owners.iter().any(|known| same(known, owner)));
    Reading::Known(pods.into_iter().filter(own).collect())
}

/// Where the workload itself comes from, for the permission that it takes.
pub fn source(kind: TargetKind) -> Source {
    if matches!(kind, TargetKind::Job | TargetKind::CronJob) { Source::Job } else { Source::Owner }
}

fn same(one: &OwnerReference, other: &OwnerReference) -> bool {
    one.kind == other.kind && one.name == other.name
}

/// The objects that own the pods of a workload directly: replica sets of a deployment, jobs of a cron job, else itself.
///
/// Those that the pods name are read one by one: that takes no more than the permission to read owners, and there are few.
async fn owners_between(
    client: &KubernetesClient,
    target: &Target,
    pods: &[Pod],
) -> Result<Vec<OwnerReference>, KubernetesError> {
    let between = match target.kind {
        TargetKind::Deployment => "ReplicaSet",
        TargetKind::CronJob => "Job",
        kind => {
            let itself =
                OwnerReference { kind: kind.kind().to_owned(), name: target.name.clone(), ..Default::default() };
            return Ok(vec![itself]);
        }
    };
    let mut named: Vec<&OwnerReference> = Vec::new();
    for owner in pods.iter().filter_map(|pod| pod.metadata.controller()).filter(|owner| owner.kind == between) {
        if !named.iter().any(|known| same(known, owner)) {
            named.push(owner);
        }
    }
    let is_own = |owned: &Workload| {
        owned.metadata.controller().is_some_and(|owner| owner.kind == target.kind.kind() && owner.name == target.name)
    };
    let answers = join_all(named.iter().map(|owner| owner::step(client, &target.namespace, owner))).await;
    let mut owners = Vec::new();
    for (owner, answer) in named.into_iter().zip(answers) {
        match answer {
            Some(Ok(owned)) if is_own(&owned) => owners.push(owner.clone()),
            Some(Err(error)) if !error.is_absence_of(&owner.name) => return Err(error),
            _ => {}
        }
    }
    Ok(owners)
}

/// A label selector in the form of a query.
fn query_of(selector: &LabelSelector) -> String {
    let equal = selector.match_labels.iter().map(|(key, value)| format!("{key}={value}"));
    let expressions = selector.match_expressions.iter().map(|one| match one.operator.as_str() {
        "In" => format!("{} in ({})", one.key, one.values.join(",")),
        "NotIn" => format!("{} notin ({})", one.key, one.values.join(",")),
        "DoesNotExist" => format!("!{}", one.key),
        _ => one.key.clone(),
    });
    equal.chain(expressions).collect::<Vec<_>>().join(",")
}
