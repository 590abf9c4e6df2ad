//! Events: why pods could not be created, and why a pod does not start.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::evidence::asked::foreign_text::ForeignText;
use crate::evidence::kubernetes::metadata::TOKEN_MOUNT_PATH;
use crate::evidence::kubernetes::pod_status::ContainerStatus;
use crate::evidence::{Evidence, Gap, GapReason, Pod, Reading};
use crate::target::TargetKind;

/// The longest piece of a text that is kept, in characters.
const LONGEST: usize = 160;

/// How long an event says something: as long as the API server keeps it.
const LIFE: SignedDuration = SignedDuration::from_hours(1);

/// An event that says that pods could not be created.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FailedCreation {
    /// The kind of the controller: `ReplicaSet`, `Job`, …
    pub owner_kind: String,
    /// Its name.
    pub owner_name: String,
    /// When it last happened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_seen: Option<Timestamp>,
    /// Why.
    pub refusal: Refusal,
}

/// Why a pod was not created, as far as it is recognised.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "kind", content = "what")]
pub enum Refusal {
    /// The pod has two mounts at the token path: the path of the mount that is one too many.
    TokenPath(String),
    /// A quota is used up: its name.
    Quota(String),
    /// Pod Security Standards forbid it: the level, such as `restricted:latest`.
    PodSecurity(String),
    /// An admission webhook refused it: its name.
    WebhookDenied(String),
    /// An admission webhook did not answer: its name.
    WebhookFailed(String),
    /// Something else, whose text is not kept.
    Other,
}

/// Makes a refusal of a name.
type Make = fn(String) -> Refusal;

impl Refusal {
    /// What keeps pods from being made, in words.
    pub fn words(&self) -> String {
        match self {
            Self::TokenPath(_) => "two volumes are mounted where the token belongs".to_owned(),
            Self::Quota(name) => format!("quota {name} is used up"),
            Self::PodSecurity(level) => format!("Pod Security Standards forbid it at level {level}"),
            Self::WebhookDenied(name) => format!("admission webhook {name} refuses them"),
            Self::WebhookFailed(name) => format!("admission webhook {name} does not answer"),
            Self::Other => "for a reason that the events tell".to_owned(),
        }
    }

    /// Reads the message of an event.
    pub fn read(text: &str) -> Self {
        if let Some(path) = token_path(text) {
            return Self::TokenPath(path);
        }
        let kinds: [(&str, Make); 4] = [
            ("exceeded quota: ", Self::Quota),
            ("violates PodSecurity ", Self::PodSecurity),
            ("admission webhook ", Self::WebhookDenied),
            ("failed calling webhook ", Self::WebhookFailed),
        ];
        let found = kinds.iter().find_map(|(before, refusal)| Some(refusal(name_behind(text, before)?)));
        found.unwrap_or(Self::Other)
    }
}

/// The mount path that the API server found twice, if it is the one of the token.
fn token_path(text: &str) -> Option<String> {
    let at = text.find(TOKEN_MOUNT_PATH)?;
    let field = text[..at].rsplit(' ').find(|word| word.contains("volumeMounts["))?;
    let plain = |c: char| c.is_ascii_alphanumeric() || ".[]".contains(c);
    let field = field.trim_end_matches(':');
    (text[at..].contains("must be unique") && field.chars().all(plain)).then(|| field.chars().take(LONGEST).collect())
}

/// The name behind some words, in quotes or up to the next comma, colon or blank.
fn name_behind(text: &str, before: &str) -> Option<String> {
    let rest = &text[text.find(before)? + before.len()..];
    let name = match rest.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next()?,
        None => rest.split([',', ' ']).next()?.trim_end_matches(':'),
    };
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._:/".contains(c);
    let good = !name.is_empty() && name.len() <= LONGEST && name.chars().all(plain);
    good.then(|| name.to_owned())
}

impl Evidence {
    /// The failures of what makes the pods of the target, of each kind the last one; none where nobody asked for them.
    pub fn own_failed_creations(&self) -> Result<Vec<&FailedCreation>, Gap> {
        let events = match &self.events {
            Reading::Unavailable(gap) if gap.reason == GapReason::NotRequested => return Ok(Vec::new()),
            reading => reading.get()?,
        };
        let since = self.collected_at - LIFE;
        let recent: Vec<&FailedCreation> =
            events.iter().filter(|one| one.last_seen.is_none_or(|seen| seen >= since)).collect();
        if recent.is_empty() {
            return Ok(recent);
        }
        let makers = self.makers_of_pods()?;
        let mut own: Vec<&FailedCreation> =
            recent.into_iter().filter(|one| makers.iter().any(|(kind, name)| one.is_of(kind, name))).collect();
        own.sort_by_key(|one| std::cmp::Reverse(one.last_seen));
        let mut told: Vec<&Refusal> = Vec::new();
        own.retain(|one| {
            let is_new = !told.contains(&&one.refusal);
            told.push(&one.refusal);
            is_new
        });
        Ok(own)
    }

    /// Kind and name of whatever makes the pods of the target.
    fn makers_of_pods(&self) -> Result<Vec<(String, String)>, Gap> {
        let mut makers: Vec<(String, String)> = Vec::new();
        if self.target.kind == TargetKind::ServiceAccount {
            let owners = self.siblings.get()?.pods.iter().filter_map(|pod| pod.owner.as_deref()?.split_once(' '));
            for (kind, name) in owners {
                makers.push((kind.to_owned(), name.to_owned()));
                // A deployment's next pods come from another replica set than those that are there.
                makers.extend(
                    name.rsplit_once('-')
                        .filter(|_| kind == "ReplicaSet")
                        .map(|(stem, _)| ("Deployment".to_owned(), stem.to_owned())),
                );
            }
            return Ok(makers);
        }
        if self.target.kind.is_workload() {
            makers.push((self.target.kind.kind().to_owned(), self.target.name.clone()));
        }
        makers.extend(self.workload().map(|owner| (owner.kind.clone(), owner.name.clone())));
        let controller = self.pod.present().and_then(|pod| pod.metadata.controller());
        makers.extend(controller.map(|owner| (owner.kind.clone(), owner.name.clone())));
        Ok(makers)
    }
}

impl FailedCreation {
    /// Whether the event is about this object, or about one that a deployment or a cron job has made.
    fn is_of(&self, kind: &str, name: &str) -> bool {
        let made = match kind {
            "Deployment" => "ReplicaSet",
            "CronJob" => "Job",
            _ => return self.owner_kind == kind && self.owner_name == name,
        };
        let suffix = self.owner_name.strip_prefix(name).and_then(|rest| rest.strip_prefix('-'));
        let is_made =
            self.owner_kind == made && suffix.is_some_and(|suffix| !suffix.is_empty() && !suffix.contains('-'));
        is_made || (self.owner_kind == kind && self.owner_name == name)
    }
}

/// How long a pod may take to start: images are pulled and volumes mounted meanwhile.
const TIME_TO_START: SignedDuration = SignedDuration::from_mins(2);

/// A warning about a pod.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PodEvent {
    /// `FailedMount`, `FailedCreatePodSandBox`, `Failed` …
    pub reason: ForeignText,
    /// What the component says.
    pub message: ForeignText,
    /// When it was last seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_seen: Option<Timestamp>,
}

impl Pod {
    /// Since when it waits on its node, if that is longer than a start takes and no container of it has ever run.
    ///
    /// Time that it waited for a node does not count.
    pub fn waits_to_start_since(&self, now: Timestamp) -> Option<Timestamp> {
        // The API server prints `lastState: {}` of a container that never ran.
        let has_run = |status: &ContainerStatus| {
            let mut states = [&status.state, &status.last_state].into_iter().flatten();
            status.restart_count > 0 || states.any(|state| state.running.is_some() || state.terminated.is_some())
        };
        let is_pending = !self.from_template && self.status.phase.as_deref() == Some("Pending");
        if !is_pending || self.spec.node_name.is_none() || self.status.all_containers().any(has_run) {
            return None;
        }
        let since = self.status.holds_since("PodScheduled").or(self.metadata.creation_timestamp)?;
        (now.duration_since(since) > TIME_TO_START).then_some(since)
    }
}
