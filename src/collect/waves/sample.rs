//! Which of many pods are judged: those that are to have an identity, and of a crowd one of each kind.

use std::collections::{BTreeMap, BTreeSet};

use futures::join;

use crate::collect::gap;
use crate::collect::read::{eks, kubernetes};
use crate::collect::session::Session;
use crate::collect::waves::surroundings::Surroundings;
use crate::evidence::inventory::AccountNote;
use crate::evidence::{Associations, Container, Pod, Reading, ServiceAccount, Source};

/// Up to this many pods are all judged.
const CROWD: usize = 200;

/// Who is to have an identity, as far as the whole cluster tells.
pub struct Wanted {
    associations: Reading<Associations>,
    accounts: Reading<Vec<AccountNote>>,
}

/// Reads who is to have one, in all namespaces.
pub async fn wanted(session: &Session, around: &Surroundings<'_>) -> Wanted {
    let place = around.place.clone().await;
    let associations = async {
        match place.eks() {
            Ok((clients, cluster)) => {
                let read = eks::associations(clients, cluster, None, None, true);
                session.once(Source::Associations, "all namespaces", read).await
            }
            Err(obstacle) => obstacle.reading(Source::Associations),
        }
    };
    let noted = |account: ServiceAccount| AccountNote {
        annotated_role: account.annotated_role().map(str::to_owned),
        namespace: account.metadata.namespace,
        name: account.metadata.name,
    };
    let accounts = async {
        let list = kubernetes::notes(&session.kubernetes, "/api/v1/serviceaccounts", "", noted, |_| ()).await;
        gap::answer(Source::ServiceAccounts, list)
    };
    let (associations, accounts) = join!(associations, session.run.ask(Source::ServiceAccounts, accounts));
    Wanted { associations, accounts }
}

impl Wanted {
    /// Leaves the pods that an association, an annotation or their own variables give an identity. Where associations or service
    /// accounts could not be read nobody knows who is to have none, so that all are left.
    pub fn choose(&self, pods: Vec<Pod>) -> Vec<Pod> {
        let (Some(associations), Some(accounts)) = (self.associations.known(), self.accounts.known()) else {
            return pods;
        };
        let associated =
            associations.associations.iter().map(|row| (row.namespace.as_str(), row.service_account.as_str()));
        let annotated = accounts.iter().filter(|account| account.annotated_role.is_some());
        let annotated = annotated.map(|account| (account.namespace.as_str(), account.name.as_str()));
        let accounts: BTreeSet<(&str, &str)> = associated.chain(annotated).collect();
        let carries = |one: Container<'_>| one.has_pod_identity_variables() || one.has_web_identity_variables();
        let is_wanted = |pod: &Pod| {
            accounts.contains(&(pod.metadata.namespace.as_str(), pod.service_account()))
                || pod.containers().any(carries)
        };
        pods.into_iter().filter(is_wanted).collect()
    }
}

/// Of a crowd the newest pod of each owner, node, service account and state; else all.
pub fn sample(pods: Vec<Pod>) -> Vec<Pod> {
    if pods.len() <= CROWD {
        return pods;
    }
    let mut newest: BTreeMap<Kind, usize> = BTreeMap::new();
    for (place, pod) in pods.iter().enumerate() {
        let known = newest.entry(Kind::of(pod)).or_insert(place);
        let created = |place: usize| pods[place].metadata.creation_timestamp;
        if created(place) > created(*known) {
            *known = place;
        }
    }
    let chosen: BTreeSet<usize> = newest.into_values().collect();
    pods.into_iter().enumerate().filter(|(place, _)| chosen.contains(place)).map(|(_, pod)| pod).collect()
}

/// What pods of a crowd have to have in common so that one of them stands for the others.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Kind {
    namespace: String,
    account: String,
    owner: Option<(String, String)>,
    node: Option<String>,
    phase: Option<String>,
    is_ready: bool,
    is_injected: bool,
    is_on_irsa: bool,
}

impl Kind {
    fn of(pod: &Pod) -> Self {
        let owner = pod.metadata.controller();
        Self {
            namespace: pod.metadata.namespace.clone(),
            account: pod.service_account().to_owned(),
            owner: owner.map(|owner| (owner.kind.clone(), owner.name.clone())),
            node: pod.spec.node_name.clone(),
            phase: pod.status.phase.clone(),
            is_ready: pod.is_ready(),
            is_injected: pod.containers().all(|one| one.is_injected()),
            is_on_irsa: pod.containers().any(|one| one.has_web_identity_variables()),
        }
    }
}
