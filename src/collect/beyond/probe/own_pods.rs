//! The pods of the daemon set: which of them are up, why others are not, and what came of each.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::daemon_set::CONTAINER;
use super::waiting::NO_IMAGE;
use crate::evidence::asked::foreign_text::ForeignText;
use crate::evidence::{Gap, GapReason, NodeProbe, Pod, ProbeReport, Reading, Source};

/// What no waiting mends; a pull that failed is tried again.
const FINAL: [&str; 2] = ["InvalidImageName", "ErrImageNeverPull"];
/// What helps where there is no image.
const WAY: &str = "--probe-image names an image that the node can pull; ";

/// What came of each node, by its name.
pub(super) type Seen = BTreeMap<String, NodeProbe>;

/// The gap of a node on which no pod came up.
pub(super) fn not_up(why: &str) -> Gap {
    Gap::new(Source::Probe, GapReason::Insufficient, why)
}

/// What is known so far.
#[derive(Default)]
pub(super) struct Outcome {
    /// What came of each node so far.
    pub seen: Seen,
    /// The pods that are not up yet, by their nodes, and why.
    pub waiting: BTreeMap<String, (Pod, String)>,
    /// The pods that were spoken with, or are, and their nodes.
    begun: BTreeMap<String, String>,
    /// Why the pods could not be listed the last time.
    pub unread: Option<Gap>,
}

impl Outcome {
    /// Whether of any of these nodes a pod is still to come.
    pub fn waits_for<'n>(&self, mut nodes: impl Iterator<Item = &'n str>) -> bool {
        let begun: BTreeSet<&str> = self.begun.values().map(String::as_str).collect();
        nodes.any(|node| !self.seen.contains_key(node) && !begun.contains(node))
    }

    /// Whether a pod of the node has told what it saw.
    fn has_report(&self, node: &str) -> bool {
        self.seen.get(node).is_some_and(|probe| probe.seen.known().is_some())
    }

    /// Takes in what a look at the pods showed, and gives those to speak with.
    pub fn newly_up(&mut self, found: Vec<Found>) -> Vec<Found> {
        self.unread = None;
        let mut running = Vec::new();
        for one in found {
            if self.has_report(&one.node) || self.begun.contains_key(&one.pod.metadata.name) {
                continue;
            }
            self.waiting.remove(&one.node);
            match &one.state {
                State::Running => {
                    self.begun.insert(one.pod.metadata.name.clone(), one.node.clone());
                    running.push(one);
                }
                State::Stuck(why) => {
                    let gap = not_up(&format!("the pod does not start: {why}"));
                    self.seen.insert(one.node, NodeProbe { pod: Some(one.pod), seen: Reading::Unavailable(gap) });
                }
                State::Waiting(why) => {
                    self.waiting.insert(one.node, (one.pod, why.clone()));
                }
            }
        }
        running
    }

    /// Takes in what a pod told. One that was lost does not take the place of its successor.
    pub fn spoken(&mut self, (found, answer): (Found, Reading<ProbeReport>)) {
        let Found { node, pod, .. } = found;
        if !self.has_report(&node) {
            self.seen.insert(node, NodeProbe { pod: Some(pod), seen: answer });
        }
    }
}

/// A pod of the daemon set.
pub(super) struct Found {
    /// The node that it is on, or is made for.
    pub node: String,
    pub pod: Pod,
    pub state: State,
}

pub(super) enum State {
    Running,
    /// It does not come up; why.
    Stuck(String),
    /// It is not up yet; why, as far as it says so.
    Waiting(String),
}

impl Found {
    pub fn read(value: Value) -> Option<Self> {
        let node = value["spec"]["nodeName"].as_str().or_else(|| made_for(&value))?.to_owned();
        let state = state(&value);
        if !value["metadata"]["deletionTimestamp"].is_null() {
            return None;
        }
        Some(Self { node, state, pod: serde_json::from_value(value).ok()? })
    }
}

/// The node that the daemon set's controller made a pod for (`ReplaceDaemonSetPodNodeNameNodeAffinity`).
fn made_for(pod: &Value) -> Option<&str> {
    let affinity = &pod["spec"]["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"];
    let terms = affinity["nodeSelectorTerms"].as_array()?;
    let fields = terms.iter().filter_map(|term| term["matchFields"].as_array()).flatten();
    fields.filter(|field| field["key"] == "metadata.name").find_map(|field| field["values"][0].as_str())
}

fn state(pod: &Value) -> State {
    let status = &pod["status"];
    // Beside it there may be containers that a mesh puts into every pod.
    let mut containers = status["containerStatuses"].as_array().into_iter().flatten();
    let container = containers.find(|one| one["name"] == CONTAINER).map_or(&Value::Null, |one| &one["state"]);
    if !container["running"].is_null() {
        return State::Running;
    }
    let told = |state: &Value| {
        let words = [&state["reason"], &state["message"]].into_iter().filter_map(Value::as_str).collect::<Vec<_>>();
        ForeignText::new(&words.join(": ")).as_str().to_owned()
    };
    let waiting = &container["waiting"];
    if FINAL.iter().any(|reason| waiting["reason"] == *reason) {
        return State::Stuck(format!("{WAY}{}", told(waiting)));
    }
    if status["phase"] == "Failed" {
        return State::Stuck(told(status));
    }
    let conditions = status["conditions"].as_array().into_iter().flatten();
    let scheduled = conditions.filter(|one| one["type"] == "PodScheduled" && one["status"] == "False");
    let why = scheduled.map(told).next().unwrap_or_else(|| {
        let state = [waiting, &container["terminated"]].into_iter().find(|state| !state.is_null());
        let is_of_image = NO_IMAGE.iter().any(|reason| waiting["reason"] == *reason);
        let way = if is_of_image { WAY } else { "" };
        state.map_or_else(|| "its container is not made yet".to_owned(), |state| format!("{way}{}", told(state)))
    });
    State::Waiting(why)
}
