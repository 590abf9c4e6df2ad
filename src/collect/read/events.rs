//! Reads events: of those that say that pods could not be created what is recognised, and the warnings about one pod.

use jiff::Timestamp;
use serde::Deserialize;

use crate::collect::access::clients::KubernetesClient;
use crate::collect::gap;
use crate::collect::read::kubernetes::{self, encode};
use crate::evidence::asked::foreign_text::ForeignText;
use crate::evidence::{FailedCreation, PodEvent, Reading, Refusal, Source};

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
    let mut all: Vec<FailedCreation> = events.iter().map(failed_creation).collect();
    all.sort_by_key(|one| std::cmp::Reverse(one.last_seen));
    let mut kept: Vec<FailedCreation> = Vec::new();
    for one in all {
        let is_known = kept.iter().any(|known| {
            (&known.owner_kind, &known.owner_name, &known.refusal) == (&one.owner_kind, &one.owner_name, &one.refusal)
        });
        if !is_known && kept.len() < MOST {
            kept.push(one);
        }
    }
    kept
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

/// Reads the warnings about a pod, newest first, of each reason the last one.
pub async fn of_pod(client: &KubernetesClient, namespace: &str, pod: &str) -> Reading<Vec<PodEvent>> {
    let path = format!("/api/v1/namespaces/{}/events", encode(namespace));
    let query = format!("fieldSelector=involvedObject.name%3D{},type%3DWarning", encode(pod));
    let answer = kubernetes::list::<Event>(client, &path, &query).await;
    gap::answer(Source::PodEvents, answer.map(|events| warnings(&events)))
}

fn warnings(events: &[Event]) -> Vec<PodEvent> {
    let warning = |event: &Event| PodEvent {
        reason: event.reason.clone(),
        message: ForeignText::new(&event.message),
        last_seen: event.last_seen(),
    };
    let mut all: Vec<PodEvent> =
        events.iter().filter(|event| event.involved_object.kind == "Pod").map(warning).collect();
    all.sort_by_key(|one| std::cmp::Reverse(one.last_seen));
    let mut kept: Vec<PodEvent> = Vec::new();
    for one in all {
        if kept.len() < MOST && !kept.iter().any(|known| known.reason == one.reason) {
            kept.push(one);
        }
    }
    kept
}
