//! Reads events: of those that say that pods could not be created what is recognised, and the warnings about one pod.

use jiff::Timestamp;
use serde::Deserialize;

use crate::collect::access::clients::KubernetesClient;
use crate::collect::gap;
use crate::collect::read::kubernetes::{self, encode};
use crate::evidence::asked::foreign_text::ForeignText;
use crate::evidence::{FailedCreation, Metadata, PodEvent, Reading, Refusal, Source};

/// The most that is kept.
const MOST: usize = 100;

/// An event, as much of it as is read.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Event {
    involved_object: Object,
    reason: String,
    message: String,
    last_timestamp: Option<Timestamp>,
    #[serde(rename = "eventTime")]
    begun: Option<Timestamp>,
    series: Option<Series>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Object {
    kind: String,
    name: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Series {
    last_observed_time: Option<Timestamp>,
}

/// Reads the failures of a namespace, newest first, of each object and reason the last one.
pub async fn read(client: &KubernetesClient, namespace: &str) -> Reading<Vec<FailedCreation>> {
    let path = format!("/api/v1/namespaces/{}/events", encode(namespace));
    let answer = kubernetes::list::<Event>(client, &path, "fieldSelector=reason%3DFailedCreate").await;
    gap::answer(Source::Events, answer.map(|events| slim(&events)))
}

fn slim(events: &[Event]) -> Vec<FailedCreation> {
    let about = |one: &FailedCreation| (one.owner_kind.clone(), one.owner_name.clone(), one.refusal.clone());
    newest_of_each(events.iter().map(failed_creation), |one| one.last_seen, |one, other| about(one) == about(other))
}

fn failed_creation(event: &Event) -> FailedCreation {
    FailedCreation {
        owner_kind: event.involved_object.kind.clone(),
        owner_name: event.involved_object.name.clone(),
        last_seen: event.last_seen(),
        refusal: Refusal::read(&event.message),
    }
}

impl Event {
    fn last_seen(&self) -> Option<Timestamp> {
        let observed = self.series.as_ref().and_then(|series| series.last_observed_time);
        [observed, self.last_timestamp, self.begun].into_iter().flatten().max()
    }
}

/// Reads the warnings about a pod, newest first, of each reason the last one. A former pod of the same name is another one.
pub async fn of_pod(client: &KubernetesClient, pod: &Metadata) -> Reading<Vec<PodEvent>> {
    let path = format!("/api/v1/namespaces/{}/events", encode(&pod.namespace));
    let query = format!("fieldSelector=involvedObject.uid%3D{},type%3DWarning", encode(&pod.uid));
    let answer = kubernetes::list::<Event>(client, &path, &query).await;
    gap::answer(Source::PodEvents, answer.map(|events| warnings(&events)))
}

fn warnings(events: &[Event]) -> Vec<PodEvent> {
    let warning = |event: &Event| PodEvent {
        reason: ForeignText::new(&event.reason),
        message: ForeignText::new(&event.message),
        last_seen: event.last_seen(),
    };
    newest_of_each(events.iter().map(warning), |one| one.last_seen, |one, other| one.reason == other.reason)
}

/// The newest of each kind, newest first, and no more than are kept.
fn newest_of_each<T>(
    all: impl Iterator<Item = T>,
    seen: impl Fn(&T) -> Option<Timestamp>,
    is_same: impl Fn(&T, &T) -> bool,
) -> Vec<T> {
    let mut all: Vec<T> = all.collect();
    all.sort_by_key(|one| std::cmp::Reverse(seen(one)));
    let mut kept: Vec<T> = Vec::new();
    for one in all {
        if kept.len() < MOST && !kept.iter().any(|known| is_same(known, &one)) {
            kept.push(one);
        }
    }
    kept
}
