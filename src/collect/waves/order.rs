//! The plan of a run: which targets, in which waves.

use futures::future::join_all;
use futures::join;
use serde::{Deserialize, Serialize};

use crate::collect::session::Session;
use crate::collect::waves::subject;
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
}

/// Collects. The error is the gap of a list of pods that could not be read.
pub async fn collect(session: &Session, asked: &Asked) -> Result<Collected, Gap> {
    let targets = match asked {
        Asked::Targets(targets) => targets,
        Asked::Pods { namespace, selector } => return pods(session, namespace.as_deref(), selector.as_deref()).await,
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
        }));
        collected.items.extend(items);
        known.push((namespace, around));
    }
    Ok(collected)
}

async fn pods(session: &Session, namespace: Option<&str>, selector: Option<&str>) -> Result<Collected, Gap> {
    let subjects = targets::pods(session, namespace, selector).await?;
    let total = subjects.list.len();
    let asked = selector.map_or_else(|| "-A".to_owned(), |selector| format!("-l {selector}"));
    let picked = vec![Picked { asked, namespace: namespace.map(str::to_owned), judged: total, total }];
    let mut namespaces: Vec<String> = subjects.list.iter().map(|subject| subject.target.namespace.clone()).collect();
    namespaces.dedup();
    let mut items = Vec::new();
    let mut waiting = subjects.list;
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
