//! The probe on every node: a daemon set has a pod come up on each, the probe runs there, and the daemon set is deleted again.
//!
//! Kubernetes is the engine: it makes the pods and takes them away with their owner. A node where none comes up in time is a result
//! of its own, with the reason that its pod says.

use std::collections::BTreeMap;
use std::pin::pin;
use std::time::Duration;

use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep_until, timeout, timeout_at};

use super::daemon_set::{CONTAINER, MANAGER, UNTIL, Wanted, expressions, object};
use super::image::{self, Image};
use super::own_pods::{Found, Outcome, Seen, not_up};
use super::session::{self, Place};
use super::waiting::Obstacle;
use super::{name_of_own, rights};
use crate::collect::Session;
use crate::collect::beyond::leftovers::{KnownBy, Made, Marked, RUN_LABEL};
use crate::collect::gap;
use crate::collect::read::events;
use crate::collect::read::kubernetes::{self, encode};
use crate::evidence::kubernetes::node::Compute;
use crate::evidence::reading::GapKind;
use crate::evidence::{Gap, GapReason, Node, NodeProbe, NodeProbes, ProbeReport, Reading, Refusal, Source};
use crate::findings::remediation::shell;

/// How many pods are spoken with at a time.
const AT_A_TIME: usize = 16;
/// The wait between two looks at the pods; the second is that of many.
const PAUSES: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(2));
/// How many pods are many.
const MANY: usize = 100;
/// What is left of the run for the deletion, once no pod is waited for any more.
const REST: Duration = Duration::from_secs(10);
/// How often a pod is spoken with.
const TRIES: u32 = 2;
/// The least that a probe is given: it waits eight seconds for each of those whom it asks.
const LEAST: Duration = Duration::from_secs(35);
/// The least that the run has to have left.
const ROOM: Duration = Duration::from_secs(10);

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The namespace of the service account.
    pub namespace: String,
    /// The service account.
    pub service_account: String,
    /// The labels of the nodes, as a selector.
    pub selector: Option<String>,
    /// The image of the pods, where the user names one.
    pub image: Option<String>,
    /// How long a pod may take to come up.
    pub timeout: Duration,
}

impl Asked {
    /// Whether the selector of the nodes can be handed to Kubernetes.
    pub fn has_fitting_selector(&self) -> bool {
        self.selector.as_deref().is_none_or(|selector| expressions(selector).is_some())
    }
}

/// Runs the probe on the nodes that were read; `say` is told on how many of how many it is done.
pub async fn ask(
    session: &Session,
    asked: &Asked,
    nodes: &Reading<Vec<Node>>,
    say: impl Fn(usize, usize),
) -> NodeProbes {
    let mut side_effects = Vec::new();
    let seen = match wanted(session, asked, nodes).await {
        Ok(nodes) => Run { session, asked, nodes, say: &say }.run(&mut side_effects).await,
        Err(gap) => Err(gap),
    };
    NodeProbes {
        namespace: asked.namespace.clone(),
        service_account: asked.service_account.clone(),
        nodes: seen.map_or_else(Reading::Unavailable, Reading::Known),
        side_effects,
    }
}

/// The nodes that a pod can come up on, if the probe can run at all.
async fn wanted<'n>(
    session: &Session,
    asked: &Asked,
    nodes: &'n Reading<Vec<Node>>,
) -> Result<BTreeMap<&'n str, &'n Node>, Gap> {
    let nodes = nodes.get().map_err(|first| Gap::blocked_by(Source::Probe, &first))?;
    let insufficient = |why: String| Gap::new(Source::Probe, GapReason::Insufficient, why);
    if !image::is_embedded() && asked.image.as_deref().is_none_or(|name| !Image::named(name).brings_probe()) {
        return Err(insufficient(image::NOT_EMBEDDED.to_owned()));
    }
    let fits = |node: &&Node| !matches!(node.compute(), Compute::Fargate | Compute::Windows);
    let wanted: BTreeMap<&str, &Node> =
        nodes.iter().filter(fits).map(|node| (node.metadata.name.as_str(), node)).collect();
    if wanted.is_empty() {
        return Err(insufficient("there is no node that a pod of Linux can come up on".to_owned()));
    }
    let missing = rights::missing(session, &asked.namespace, rights::EVERY_NODE).await;
    if !missing.is_empty() {
        let why = format!("nodes --probe needs {}", missing.join(" and "));
        return Err(Gap::new(Source::Probe, GapReason::Denied, why).because(GapKind::RightsMissing(missing)));
    }
    let (namespace, account) = (&asked.namespace, &asked.service_account);
    let path = format!("/api/v1/namespaces/{}/serviceaccounts/{}", encode(namespace), encode(account));
    match session.kubernetes.get::<Value>(&path).await {
        Err(error) if error.is_absence_of(account) => {
            Err(insufficient(format!("there is no service account {account} in namespace {namespace}")))
        }
        Err(error) if !error.is_forbidden() => Err(gap::of_kubernetes(Source::Probe, &error)),
        _ => Ok(wanted),
    }
}

struct Run<'a> {
    session: &'a Session,
    asked: &'a Asked,
    nodes: BTreeMap<&'a str, &'a Node>,
    say: &'a dyn Fn(usize, usize),
}

impl Run<'_> {
    async fn run(&self, side_effects: &mut Vec<String>) -> Result<Seen, Gap> {
        let (client, announce) = (&self.session.kubernetes, &self.session.active.announce);
        let (namespace, account) = (&self.asked.namespace, &self.asked.service_account);
        let sets = format!("/apis/apps/v1/namespaces/{}/daemonsets", encode(namespace));
        self.clear_earlier(&sets).await;
        if self.left() < ROOM {
            let why = "no time was left for pods to come up; a longer --timeout gives it";
            return Err(Gap::new(Source::Probe, GapReason::TimedOut, why));
        }
        let name = name_of_own();
        let image = Image::choose(self.asked.image.as_deref(), client, None).await;
        let place = match self.nodes.len() {
            1 => "one node".to_owned(),
            number => format!("each of {number} nodes"),
        };
        announce.warn(&format!(
            "makes DaemonSet {namespace}/{name} with a pod of image {} on {place} as service account {account}, and deletes it again; \
             the agents log the requests, and on full nodes pods of lower priority may have to go",
            image.name
        ));
        let path = format!("{sets}/{}", encode(&name));
        let leftovers = &self.session.active.leftovers;
        // It is made note of before it is there: an answer that is lost is no reason to leave it.
        leftovers.add(self.made(&path, &name, "", KnownBy::Label(RUN_LABEL, name.clone())));
        let made = client.post::<Marked>(&sets, &self.object(&name, &image)).await;
        let seen = match made {
            Err(error) => {
                if error.is_refusal() {
                    leftovers.forget(&path);
                }
                Err(Obstacle::of_request("the daemon set was refused", &error).gap)
            }
            Ok(made) => {
                leftovers.identify(&path, &made.metadata.uid);
                self.watch(&name).await
            }
        };
        if let Some(stays) = leftovers.remove(&path).await {
            announce.warn(&stays);
            side_effects.push(stays);
        }
        seen
    }

    /// A daemon set that is to be deleted; `whose` stands behind its name.
    fn made(&self, path: &str, name: &str, whose: &str, known_by: KnownBy) -> Made {
        let namespace = &self.asked.namespace;
        Made {
            client: self.session.kubernetes.clone(),
            path: path.to_owned(),
            name: name.to_owned(),
            what: format!("DaemonSet {namespace}/{name}{whose}"),
            otherwise: format!("kubectl delete daemonset {name} -n {namespace} takes it and its pods away"),
            known_by,
        }
    }

    /// Until when the pods have time: the rest is for the deletion.
    fn end(&self) -> Instant {
        self.session.run.deadline - REST
    }

    fn left(&self) -> Duration {
        self.end().saturating_duration_since(Instant::now())
    }

    fn object(&self, name: &str, image: &Image) -> Value {
        // Until its turn comes a pod waits.
        let limit = self.left();
        let region = self.session.context.region.as_ref().map(|region| region.value.as_str());
        let seconds = i64::try_from((limit + REST).as_secs()).unwrap_or(i64::MAX);
        object(Wanted {
            name,
            service_account: &self.asked.service_account,
            expressions: self.asked.selector.as_deref().and_then(expressions).unwrap_or_default(),
            image,
            command: image.command(session::arguments(limit, region, None), limit),
            until: self.session.now() + SignedDuration::from_secs(seconds),
        })
    }

    /// Deletes what earlier runs left whose time is over. Whose daemon sets cannot be listed, leaves them.
    async fn clear_earlier(&self, sets: &str) {
        let client = &self.session.kubernetes;
        let (namespace, now) = (&self.asked.namespace, self.session.now());
        let query = format!("labelSelector={}", encode(&format!("{}={}", MANAGER.0, MANAGER.1)));
        let Ok(found) = kubernetes::list::<Value>(client, sets, &query).await else { return };
        let over = |set: &Value| {
            let metadata = &set["metadata"];
            let until = metadata["annotations"][UNTIL].as_str()?.parse::<Timestamp>().ok()?;
            let text = |field: &str| metadata[field].as_str().map(str::to_owned);
            (until < now).then_some((text("name")?, text("uid")?))
        };
        for (name, uid) in found.iter().filter_map(over) {
            let path = format!("{sets}/{}", encode(&name));
            let leftovers = &self.session.active.leftovers;
            leftovers.add(self.made(&path, &name, " of an earlier run", KnownBy::Uid(uid)));
            let announce = &self.session.active.announce;
            match leftovers.remove(&path).await {
                Some(stays) => announce.warn(&stays),
                None => announce.note(&format!("took away DaemonSet {namespace}/{name} of an earlier run")),
            }
        }
    }

    /// Speaks with each pod as it comes up, until all have spoken or no more is waited for.
    async fn watch(&self, name: &str) -> Result<Seen, Gap> {
        let all = self.nodes.len();
        let pods = format!("/api/v1/namespaces/{}/pods", encode(&self.asked.namespace));
        let query = format!("labelSelector={}", encode(&format!("{RUN_LABEL}={name}")));
        let mut up_by = self.end().min(Instant::now() + self.asked.timeout);
        let pause = if all < MANY { PAUSES.0 } else { PAUSES.1 };
        let turns = Semaphore::new(AT_A_TIME);
        let mut speaking = FuturesUnordered::new();
        let mut outcome = Outcome::default();
        loop {
            let next_look = Instant::now() + pause;
            if Instant::now() < up_by && outcome.waits_for(self.nodes.keys().copied()) {
                let look = kubernetes::notes(&self.session.kubernetes, &pods, &query, Found::read, |_| {});
                let mut look = pin!(timeout_at(up_by, look));
                let found = loop {
                    tokio::select! {
                        found = &mut look => break found,
                        Some(spoken) = speaking.next() => outcome.spoken(spoken),
                    }
                };
                match found {
                    Ok(Ok(found)) => {
                        let wanted =
                            found.into_iter().flatten().filter(|one| self.nodes.contains_key(one.node.as_str()));
                        for found in outcome.newly_up(wanted.collect()) {
                            // While pods come up, the others may need as long.
                            up_by = self.end().min(Instant::now() + self.asked.timeout);
                            speaking.push(self.speak(found, &turns));
                        }
                    }
                    Ok(Err(error)) => {
                        let gap = Obstacle::of_request("the pods could not be read", &error).gap;
                        outcome.unread = Some(gap);
                    }
                    Err(_elapsed) => {}
                }
            }
            (self.say)(outcome.seen.len(), all);
            while let Ok(Some(spoken)) = timeout_at(next_look, speaking.next()).await {
                outcome.spoken(spoken);
                (self.say)(outcome.seen.len(), all);
            }
            if outcome.seen.len() >= all || Instant::now() >= up_by && speaking.is_empty() {
                break;
            }
            sleep_until(next_look).await;
        }
        drop(speaking);
        self.rest(name, outcome).await
    }

    /// Runs the probe in a pod: a second time, where the first came to nothing.
    async fn speak(&self, found: Found, turns: &Semaphore) -> (Found, Reading<ProbeReport>) {
        // The semaphore is never closed.
        let _turn = turns.acquire().await.ok();
        let place = Place { namespace: &self.asked.namespace, pod: &found.pod.metadata.name, container: CONTAINER };
        let mut last = not_up("no time was left for the probe");
        for _ in 0..TRIES {
            let left = self.left();
            if left.is_zero() {
                break;
            }
            let limit = self.asked.timeout.max(LEAST).min(left);
            match timeout(limit, session::attach(&self.session.kubernetes, place)).await {
                Ok(Ok(report)) => return (found, Reading::Known(report)),
                Ok(Err(obstacle)) => last = obstacle.gap,
                Err(_elapsed) => {
                    let why = format!("the probe took longer than {limit:.0?}");
                    last = Gap::new(Source::Probe, GapReason::TimedOut, why);
                    break;
                }
            }
            if last.reason == GapReason::Denied {
                break;
            }
            // What the pod runs begins anew once it has ended.
            tokio::time::sleep(PAUSES.1).await;
        }
        (found, Reading::Unavailable(last))
    }

    /// Why no pod came up on the nodes that are left; those that have left the cluster meanwhile do not count.
    async fn rest(&self, name: &str, outcome: Outcome) -> Result<Seen, Gap> {
        let Outcome { mut seen, mut waiting, unread, .. } = outcome;
        let missing: Vec<&str> = self.nodes.keys().copied().filter(|node| !seen.contains_key(*node)).collect();
        if missing.is_empty() {
            return Ok(seen);
        }
        if let Some(gap) = unread {
            let probe = || NodeProbe { pod: None, seen: Reading::Unavailable(gap.clone()) };
            seen.extend(missing.into_iter().map(|node| (node.to_owned(), probe())));
            return Ok(seen);
        }
        let refusal = if missing.len() > waiting.len() { self.refusal(name).await } else { None };
        let list = kubernetes::list::<Node>(&self.session.kubernetes, "/api/v1/nodes", "").await;
        let now: BTreeMap<&str, &Node> = match &list {
            Ok(nodes) => nodes.iter().map(|node| (node.metadata.name.as_str(), node)).collect(),
            Err(_) => self.nodes.clone(),
        };
        let long = format!("within {:.0?}", self.asked.timeout);
        for (name, node) in missing.into_iter().filter_map(|name| Some((name, *now.get(name)?))) {
            let found = waiting.remove(name);
            let why = match (&found, &refusal) {
                _ if node.is_unready() => "the node is not ready".to_owned(),
                (Some((_, why)), _) => format!("no pod came up {long}: {why}"),
                (None, Some(refusal)) => format!("no pod was made: {refusal}"),
                (None, None) => format!("no pod was made {long}"),
            };
            let probe = NodeProbe { pod: found.map(|(pod, _)| pod), seen: Reading::Unavailable(not_up(&why)) };
            seen.insert(name.to_owned(), probe);
        }
        Ok(seen)
    }

    /// What kept the daemon set from making pods, in words, as far as an event says it.
    async fn refusal(&self, name: &str) -> Option<String> {
        let events = events::read(&self.session.kubernetes, &self.asked.namespace).await;
        let own = events.known()?.iter().find(|event| event.owner_kind == "DaemonSet" && event.owner_name == name)?;
        Some(match &own.refusal {
            Refusal::Other => {
                let namespace = shell(&self.asked.namespace);
                format!("kubectl -n {namespace} get events --field-selector reason=FailedCreate says why")
            }
            refusal => refusal.words(),
        })
    }
}
