//! The plan of a run: which targets, in which waves.

use futures::future::join_all;
use futures::join;

use super::session::Session;
use super::subject;
use super::surroundings::{self, Surroundings};
use super::targets::{self, Subjects};
use crate::evidence::{Evidence, Gap};
use crate::target::Target;

/// What was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// Pods, workloads and service accounts by name.
    Targets(Vec<Target>),
    /// Pods by label, in one namespace or in all.
    Selector {
        /// The namespace; `None` for all.
        namespace: Option<String>,
        /// The selector, as kubectl takes it.
        selector: String,
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
#[derive(Debug, Clone, PartialEq, Eq)]
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
        Asked::Selector { namespace, selector } => return by_selector(session, namespace.as_deref(), selector).await,
    };
    let mut items = Vec::new();
    let mut picked = Vec::new();
    let mut known: Vec<(String, Surroundings)> = Vec::new();
    for target in targets {
        let before =
            known.iter().find(|(namespace, _)| *namespace == target.namespace).map(|(_, around)| around.clone());
        let around = async {
            match before {
                Some(around) => around,
                None => surroundings::read(session, &target.namespace).await,
            }
        };
        let (around, subjects) = join!(around, targets::find(session, target));
        if let Some(total) = subjects.of {
            picked.push(Picked {
                asked: format!("{}/{}", target.kind.resource(), target.name),
                namespace: Some(target.namespace.clone()),
                judged: subjects.list.len().min(total),
                total,
            });
        }
        items.extend(all(session, &around, subjects).await);
        known.push((target.namespace.clone(), around));
    }
    Ok(Collected { items, picked })
}

async fn by_selector(session: &Session, namespace: Option<&str>, selector: &str) -> Result<Collected, Gap> {
    let subjects = targets::by_selector(session, namespace, selector).await?;
    let total = subjects.list.len();
    let asked = format!("-l {selector}");
    let picked = vec![Picked { asked, namespace: namespace.map(str::to_owned), judged: total, total }];
    let mut namespaces: Vec<String> = subjects.list.iter().map(|subject| subject.target.namespace.clone()).collect();
    namespaces.dedup();
    let mut items = Vec::new();
    let mut waiting = subjects.list;
    for namespace in namespaces {
        let around = surroundings::read(session, &namespace).await;
        let (here, elsewhere) = waiting.into_iter().partition(|subject| subject.target.namespace == namespace);
        waiting = elsewhere;
        items.extend(all(session, &around, Subjects { list: here, of: None }).await);
    }
    Ok(Collected { items, picked })
}

async fn all(session: &Session, around: &Surroundings, subjects: Subjects) -> Vec<Evidence> {
    join_all(subjects.list.into_iter().map(|subject| subject::collect(session, around, subject))).await
}
