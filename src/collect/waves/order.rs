//! The plan of a run: which targets, in which waves.

use futures::future::join_all;
use futures::join;
use serde::{Deserialize, Serialize};

use crate::collect::session::Session;
use crate::collect::waves::sample;
use crate::collect::waves::subject::{self, Subject};
use crate::collect::waves::surroundings::{self, Surroundings};
use crate::collect::waves::targets::{self, Subjects};
use crate::evidence::{Evidence, Gap};
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
        let (found, wanted) = join!(read, sample::wanted(session, &around));
        let found = found?;
        let all = found.len();
        let chosen = wanted.choose(found);
        let total = chosen.len();
        (chosen, total, all - total)
    } else {
        let found = read.await?;
        let total = found.len();
        (found, total, 0)
    };
    let chosen = if all_of_them { found } else { sample::sample(found) };
    for pod in &chosen {
        session.log_queries.note(pod);
    }
    let judged = chosen.len();
    let asked = selector.map_or_else(|| "-A".to_owned(), |selector| format!("-l {selector}"));
    let namespace = namespace.map(str::to_owned);
    let picked = vec![Picked { asked, namespace, judged, total, is_sample: judged < total, left_out }];
    let mut waiting: Vec<Subject> = chosen.into_iter().map(targets::selected).collect();
    let mut namespaces: Vec<String> = waiting.iter().map(|subject| subject.target.namespace.clone()).collect();
    namespaces.sort();
    namespaces.dedup();
    let mut items = Vec::new();
    for namespace in &namespaces {
        let around = surroundings::of(session, namespace);
        let (here, elsewhere) = waiting.into_iter().partition(|subject| subject.target.namespace == *namespace);
        waiting = elsewhere;
        let (_, found) = join!(around.answered(), all(session, &around, Subjects { list: here, of: None }));
        items.extend(found);
    }
    Ok(Collected { items, picked })
}

async fn all(session: &Session, around: &Surroundings<'_>, subjects: Subjects) -> Vec<Evidence> {
    join_all(subjects.list.into_iter().map(|subject| subject::collect(session, around, subject))).await
}
