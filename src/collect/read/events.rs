//! Reads the events that say that pods could not be created, and keeps of each what is recognised.

use jiff::Timestamp;
use serde::Deserialize;

use crate::collect::access::clients::KubernetesClient;
use crate::collect::gap;
use crate::collect::read::kubernetes::{self, encode};
use crate::evidence::{FailedCreation, Reading, Refusal, Source};

/// The most that is kept.
const MOST: usize = 100;

/// An event, as much of it as is read.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Event {
    involved_object: Object,
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
    let observed = event.series.as_ref().and_then(|series| series.last_observed_time);
    FailedCreation {
        owner_kind: event.involved_object.kind.clone(),
        owner_name: event.involved_object.name.clone(),
        last_seen: [observed, event.last_timestamp, event.begun].into_iter().flatten().max(),
        refusal: Refusal::read(&event.message),
    }
}
