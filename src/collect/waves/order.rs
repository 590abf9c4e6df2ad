//! The plan of a run: which targets, and which of many pods, in which waves.

use std::collections::{BTreeMap, BTreeSet};

use futures::future::join_all;
use futures::join;
use serde::{Deserialize, Serialize};

use crate::collect::read::kubernetes;
use crate::collect::read::manifest::Manifest;
use crate::collect::session::Session;
use crate::collect::waves::subject::Subject;
use crate::collect::waves::surroundings::Surroundings;
use crate::collect::waves::targets::Subjects;
use crate::collect::waves::{roles, subject, surroundings, targets};
use crate::evidence::inventory::AccountNote;
use crate::evidence::{Associations, Container, Evidence, Gap, Metadata, Pod, Reading, Source};
use crate::target::Target;

/// What was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// Pods, workloads and service accounts by name.
    Targets(Vec<Target>),
    /// Pods in one namespace or in all.
    Pods {
        /// The namespace; `None` for all.
        namespace: Option<String>,
        /// The selector they match, as kubectl takes it; `None` for every pod.
        selector: Option<String>,
        /// Whether all of a crowd are judged.
        all: bool,
    },
}

/// What was collected.
#[derive(Debug)]
pub struct Collected {
    /// One piece of evidence for each subject.
    pub items: Vec<Evidence>,
    /// What the subjects stand for, where they stand for more than themselves.
    pub picked: Vec<Picked>,
}

/// How many of the pods that were asked for are diagnosed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Picked {
    /// What was asked for: `deployment/api`, `-l app=api`.
    pub asked: String,
    /// The namespace; `None` for all.
    pub namespace: Option<String>,
    /// How many pods are diagnosed.
    pub judged: usize,
    /// How many pods there are.
    pub total: usize,
    /// Whether those that are diagnosed stand for others of their owner, node, service account and state.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_sample: bool,
    /// How many more pods there are that nothing gives an identity.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub left_out: usize,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_zero(number: &usize) -> bool {
    *number == 0
}

/// Collects. The error is the gap of a list of pods that could not be read.
pub async fn collect(session: &Session, asked: &Asked) -> Result<Collected, Gap> {
    let targets = match asked {
        Asked::Targets(targets) => targets,
        Asked::Pods { namespace, selector, all } => {
            return pods(session, namespace.as_deref(), selector.as_deref(), *all).await;
        }
    };
    let mut collected = Collected { items: Vec::new(), picked: Vec::new() };
    let mut known: Vec<(&str, Surroundings<'_>)> = Vec::new();
    for target in targets {
        let namespace = target.namespace.as_str();
        let before = known.iter().find(|(known, _)| *known == namespace).map(|(_, around)| around.clone());
        let around = before.unwrap_or_else(|| surroundings::of(session, namespace));
        let found = async {
            let subjects = targets::find(session, target).await;
            (subjects.of, all(session, &around, subjects).await)
        };
        let (_, (total, items)) = join!(around.answered(), found);
        collected.picked.extend(total.map(|total| Picked {
            asked: format!("{}/{}", target.kind.resource(), target.name),
            namespace: Some(target.namespace.clone()),
            judged: items.len().min(total),
            total,
            is_sample: false,
            left_out: 0,
        }));
        collected.items.extend(items);
        known.push((namespace, around));
    }
    Ok(collected)
}

/// Collects what the pods of manifests would meet: what is written stands for what the cluster has of the same name.
pub async fn collect_written(session: &Session, manifest: &Manifest) -> Collected {
    for account in &manifest.service_accounts {
        let Metadata { namespace, name, .. } = &account.metadata;
        let own = async { Reading::Known(Some(account.clone())) };
        session.once(Source::ServiceAccount, format!("{namespace}/{name}"), own).await;
    }
    let mut by_namespace: BTreeMap<&str, Vec<Subject>> = BTreeMap::new();
    for one in &manifest.written {
        by_namespace.entry(&one.target.namespace).or_default().push(targets::written(one));
    }
    let mut collected = Collected { items: Vec::new(), picked: Vec::new() };
    for (namespace, list) in by_namespace {
        let around = surroundings::of(session, namespace);
        let (_, mut items) = join!(around.answered(), all(session, &around, Subjects { list, of: None }));
        for evidence in &mut items {
            manifest.lay_over(evidence);
        }
        collected.items.extend(items);
    }
    collected
}

async fn pods(
    session: &Session,
    namespace: Option<&str>,
    selector: Option<&str>,
    all_of_them: bool,
) -> Result<Collected, Gap> {
    let read = targets::pods(session, namespace, selector);
    // A selector says whom it means; without one, those are meant that are to have an identity.
    let (found, total, left_out) = if selector.is_none() {
        let around = surroundings::of(session, namespace.unwrap_or(&session.namespace));
        let (found, entitled) = join!(read, entitled(session, &around));
        let found = found?;
        let all = found.len();
        let chosen = entitled.choose(found);
        let total = chosen.len();
        (chosen, total, all - total)
    } else {
        let found = read.await?;
        let total = found.len();
        (found, total, 0)
    };
    let chosen = if all_of_them { found } else { sample(found) };
    for pod in &chosen {
        session.log_queries.note(pod);
    }
    let judged = chosen.len();
    let asked = selector.map_or_else(|| "-A".to_owned(), |selector| format!("-l {selector}"));
    let namespace = namespace.map(str::to_owned);
    let picked = vec![Picked { asked, namespace, judged, total, is_sample: judged < total, left_out }];
    let mut by_namespace: BTreeMap<String, Vec<Subject>> = BTreeMap::new();
    for subject in chosen.into_iter().map(targets::selected) {
        by_namespace.entry(subject.target.namespace.clone()).or_default().push(subject);
    }
    let mut items = Vec::new();
    for (namespace, list) in by_namespace {
        let around = surroundings::of(session, &namespace);
        let (_, found) = join!(around.answered(), all(session, &around, Subjects { list, of: None }));
        items.extend(found);
    }
    Ok(Collected { items, picked })
}

async fn all(session: &Session, around: &Surroundings<'_>, subjects: Subjects) -> Vec<Evidence> {
    join_all(subjects.list.into_iter().map(|subject| subject::collect(session, around, subject))).await
}

/// Up to this many pods are all judged.
const CROWD: usize = 200;

/// Who is to have an identity, as far as the whole cluster tells.
struct Entitled {
    associations: Reading<Associations>,
    accounts: Reading<Vec<AccountNote>>,
}

/// Reads who is to have one, in all namespaces.
async fn entitled(session: &Session, around: &Surroundings<'_>) -> Entitled {
    let place = around.place.clone().await;
    let associations = async {
        match place.eks() {
            Ok((clients, cluster)) => roles::all_associations(session, clients, cluster).await,
            Err(obstacle) => obstacle.reading(Source::Associations),
        }
    };
    let accounts = kubernetes::account_notes(&session.kubernetes, None);
    let (associations, accounts) = join!(associations, session.run.ask(Source::ServiceAccounts, accounts));
    Entitled { associations, accounts }
}

impl Entitled {
    /// Leaves the pods that an association, an annotation or their own variables give an identity. Where associations or service
    /// accounts could not be read nobody knows who is to have none, so that all are left.
    fn choose(&self, pods: Vec<Pod>) -> Vec<Pod> {
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
fn sample(pods: Vec<Pod>) -> Vec<Pod> {
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
    owner: (String, String),
    node: Option<String>,
    phase: Option<String>,
    is_ready: bool,
    is_injected: bool,
    is_on_irsa: bool,
}

impl Kind {
    fn of(pod: &Pod) -> Self {
        let owner = pod.metadata.controller();
        let revision = pod.metadata.labels.get("controller-revision-hash");
        Self {
            namespace: pod.metadata.namespace.clone(),
            account: pod.service_account().to_owned(),
            // A bare pod stands for itself, and a revision of a template for its own pods.
            owner: owner.map_or_else(
                || (pod.metadata.uid.clone(), pod.metadata.name.clone()),
                |owner| (format!("{} {}", owner.kind, owner.name), revision.cloned().unwrap_or_default()),
            ),
            node: pod.spec.node_name.clone(),
            phase: pod.status.phase.clone(),
            is_ready: pod.is_ready(),
            is_injected: pod.containers().all(|one| one.is_injected()),
            is_on_irsa: pod.containers().any(|one| one.has_web_identity_variables()),
        }
    }
}
